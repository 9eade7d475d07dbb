import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { minutes } from '#model/base/duration.ts';
import { aDevice, aStation, answerOf, problemOf, testApi } from '#test/support/servers/api.ts';
import { aBatch, aReading, MORNING, never } from '#test/support/builders/readings.ts';

const HOUR = 3_600_000;
const CSV = { accept: 'text/csv' };

const Aggregated = z.looseObject({
  windows: z.array(z.looseObject({ start: z.string(), end: z.string(), value: z.number(), count: z.number() })),
});

/** The station PBG-W01 of weather with a device that reports each minute, and readings of one of its properties. */
const weatherApi = async () => {
  const api = await testApi();
  await api.operations.changeRegistry([
    { kind: 'put-station', station: aStation({ id: 'PBG-W01', family: 'weather' }) },
    { kind: 'put-device', device: aDevice({ every: minutes(1) }) },
  ]);
  const reading = (property: string, at: string | number, value: number) =>
    aReading({
      station: 'PBG-W01',
      family: 'weather',
      property,
      observedAt: typeof at === 'number' ? at : Date.parse(at),
      value,
    });
  const windows = async (query: Readonly<Record<string, string>>) => {
    const path = `/v1/stations/PBG-W01/readings?${new URLSearchParams(query)}`;
    return answerOf(await api.get(path), Aggregated);
  };
  return { api, reading, windows };
};

describe('a day of rain', () => {
  const span = { from: '2026-11-20T07:00:00+07:00', to: '2026-11-22T07:00:00+07:00' };

  test('runs from 07:00 to 07:00 WIB, and the report of 07:00 closes it', async () => {
    const { api, reading, windows } = await weatherApi();
    const rain = (at: string, value: number) => reading('rainfall', at, value);
    await api.store.write(
      aBatch([
        rain('2026-11-20T07:01:00+07:00', 1),
        rain('2026-11-21T06:00:00+07:00', 20),
        rain('2026-11-21T07:00:00+07:00', 4),
        rain('2026-11-21T07:01:00+07:00', 2),
      ]),
      never,
    );
    const answer = await windows({ property: 'rainfall', fn: 'sum', interval: '1d', ...span });
    expect(answer).toMatchObject({
      day_start: '07:00',
      windows: [
        { start: '2026-11-20T07:00:00.000+07:00', end: '2026-11-21T07:00:00.000+07:00', value: 25 },
        { start: '2026-11-21T07:00:00.000+07:00', end: '2026-11-22T07:00:00.000+07:00', value: 2 },
      ],
    });
    const calendar = await windows({ property: 'rainfall', fn: 'sum', interval: '1d', day_start: '00:00', ...span });
    expect(calendar).toMatchObject({ day_start: '00:00', windows: [{ value: 1 }, { value: 26 }] });
    const hours = await windows({ property: 'rainfall', fn: 'sum', interval: '1h', ...span });
    expect(hours).toMatchObject({ day_start: '00:00' });
  });
});

describe('rolling windows', () => {
  const day = Date.parse('2026-11-20T00:00:00+07:00');

  test('of 8 hours end with each hour, and are complete with 6 valid hours', async () => {
    const { api, reading, windows } = await weatherApi();
    const hour = (at: number, count: number, value: number) =>
      Array.from({ length: count }, (_, i) => reading('temperature', day + at * HOUR + i * 60_000, value));
    // the hours from 17:00 of the day before: 20 degrees, one of them with few values of 40
    const hours = [60, 60, 45, 44, 60, 60, 60, 20].map((count, i) => hour(i - 7, count, count < 45 ? 40 : 20));
    await api.store.write(aBatch(hours.flat()), never);
    const query = { property: 'temperature', fn: 'mean', rolling: '8h', from: String(day), to: String(day + 3 * HOUR) };
    const answer = await windows(query);
    expect(answer).toMatchObject({ method: 'rolling-mean-of-hours', rolling: '8h', interval: '1h' });
    expect(
      answer.windows.map(({ start, end, value, complete }) => [start.slice(8, 16), end.slice(8, 16), value, complete]),
    ).toEqual([
      ['19T17:00', '20T01:00', 20, true],
      ['19T18:00', '20T02:00', 20, false],
      ['19T19:00', '20T03:00', 20, false],
    ]);
    expect(answer.windows[0]).toMatchObject({ expected: 480, count: 409 });
  });

  test('of 24 hours sum an amount', async () => {
    const { api, reading, windows } = await weatherApi();
    const rain = (at: number, value: number) => reading('rainfall', day + at * HOUR, value);
    await api.store.write(aBatch([rain(-23, 5), rain(0, 3), rain(1, 2)]), never);
    const { windows: found, method } = await windows({
      property: 'rainfall',
      fn: 'sum',
      rolling: '24h',
      from: String(day - HOUR),
      to: String(day + HOUR),
    });
    expect(method).toBe('rolling-sum');
    expect(found.map(({ end, value }) => [end.slice(8, 16), value])).toEqual([
      ['20T00:00', 8],
      ['20T01:00', 5],
    ]);
  });

  test.for([
    [{ property: 'wind_direction', fn: 'mean', rolling: '8h' }, 'no rolling mean'],
    [{ property: 'temperature', fn: 'max', rolling: '8h' }, 'no rolling max'],
    [{ property: 'temperature', fn: 'mean', rolling: '90m' }, 'whole hours'],
    [{ property: 'temperature', fn: 'mean', rolling: '8h', interval: '10m' }, 'leave "interval" out'],
  ] as const)('are refused for %j', async ([query, why]) => {
    const { api } = await weatherApi();
    const answer = await api.get(`/v1/stations/PBG-W01/readings?${new URLSearchParams(query)}`);
    expect(await problemOf(answer)).toMatchObject({ code: 'REQUEST_INVALID', detail: expect.stringContaining(why) });
  });
});

describe('a mean direction', () => {
  const query = {
    property: 'wind_direction',
    fn: 'mean',
    interval: '1h',
    from: String(MORNING),
    to: String(MORNING + HOUR),
  };

  test('has the speeds as weights, and counts calms apart', async () => {
    const { api, reading, windows } = await weatherApi();
    const wind = (i: number, direction: number, speed: number) => [
      reading('wind_direction', MORNING + i * 60_000, direction),
      reading('wind_speed', MORNING + i * 60_000, speed),
    ];
    await api.store.write(aBatch([...wind(0, 90, 10), ...wind(1, 270, 0.1)]), never);
    expect(await windows(query)).toMatchObject({
      method: 'vector-mean',
      windows: [{ value: 90, speed: 5, calms: 0, count: 2 }],
    });
    await api.store.write(aBatch(wind(2, 0, 0)), never);
    expect(await windows(query)).toMatchObject({ windows: [{ value: 90, speed: 3.3, calms: 1, count: 3 }] });
  });

  test('is null of calms alone', async () => {
    const { api, reading } = await weatherApi();
    await api.store.write(aBatch([reading('wind_direction', MORNING, 10), reading('wind_speed', MORNING, 0)]), never);
    const path = `/v1/stations/PBG-W01/readings?${new URLSearchParams(query)}`;
    expect(await (await api.get(path)).json()).toMatchObject({ windows: [{ value: null, speed: 0, calms: 1 }] });
    expect(await (await api.get(path, CSV)).text()).toContain(',wind_direction,,1,');
  });

  test('is that of unit vectors where no speed is known', async () => {
    const { api, reading, windows } = await weatherApi();
    await api.store.write(
      aBatch([10, 350, 30].map((value, i) => reading('wind_direction', MORNING + i * 60_000, value))),
      never,
    );
    expect(await windows(query)).toMatchObject({ method: 'unit-vector-mean', windows: [{ value: 10, count: 3 }] });
  });
});
