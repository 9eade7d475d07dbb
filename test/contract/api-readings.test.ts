import { QUALITY_TESTS } from '#model/quality/quality-tests.ts';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { minutes } from '#model/base/duration.ts';
import { aDevice, aStation, answerOf, problemOf, type TestApi, testApi } from '#test/support/servers/api.ts';
import { aBatch, aReading, MORNING, never } from '#test/support/builders/readings.ts';

const HOUR = 3_600_000;
const PATH = '/v1/stations/ST1/readings';
const CSV = { accept: 'text/csv' };

const Raw = z.looseObject({ readings: z.array(z.looseObject({ observed_at: z.string() })) });
const Aggregated = z.looseObject({
  windows: z.array(z.looseObject({ start: z.string(), end: z.string(), value: z.number(), count: z.number() })),
});

const fill = async ({ store }: TestApi, count: number, stepMs: number): Promise<void> => {
  const readings = Array.from({ length: count }, (_, i) =>
    aReading({ observedAt: MORNING - i * stepMs, value: i / 10 }),
  );
  await store.write(aBatch(readings), never);
};

const NOT_RUN = Object.fromEntries(QUALITY_TESTS.map((test) => [test, 2]));

describe('raw readings', () => {
  test('have time and its origin, device, property, value and flag, for the last 24 hours by default', async () => {
    const api = await testApi();
    await api.store.write(
      aBatch([
        aReading({ observedAt: MORNING - 25 * HOUR, value: 1 }),
        aReading({ observedAt: MORNING - HOUR, value: 0.1 + 0.2, flag: 3 }),
        aReading({ observedAt: MORNING - HOUR / 2, value: 999, flag: 4, timedBy: 'shifted' }),
        aReading({ observedAt: MORNING + 60_000, value: 5, timedBy: 'arrival' }),
      ]),
      never,
    );
    const answer = await api.get(PATH);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toEqual({
      station: 'ST1',
      family: 'air',
      from: '2026-11-23T03:00:00.000Z',
      to: '2026-11-24T03:10:00.000Z',
      readings: [
        {
          observed_at: '2026-11-24T02:00:00.000Z',
          device: 'dev-1',
          property: 'pm2_5',
          value: 0.1 + 0.2,
          flag: 3,
          timed_by: 'device',
          tests: { ...NOT_RUN, 'gross-range': 1 },
        },
        {
          observed_at: '2026-11-24T03:01:00.000Z',
          device: 'dev-1',
          property: 'pm2_5',
          value: 5,
          flag: 1,
          timed_by: 'arrival',
          tests: { ...NOT_RUN, 'gross-range': 1 },
        },
      ],
    });
  });

  test('are found by flag, property and span, in RFC 3339 or milliseconds', async () => {
    const api = await testApi();
    await api.store.write(
      aBatch([aReading({ flag: 4 }), aReading({ property: 'pm10', value: 61 }), aReading({ observedAt: MORNING + 1 })]),
      never,
    );
    const read = async (query: string) => (await answerOf(await api.get(`${PATH}?${query}`), Raw)).readings;
    expect(await read('flags=4')).toMatchObject([{ property: 'pm2_5', flag: 4 }]);
    expect(await read('property=pm10')).toMatchObject([{ property: 'pm10', value: 61 }]);
    expect(await read(`from=${MORNING + 1}&to=2026-11-24T10:00:00.002%2B07:00`)).toHaveLength(1);
    expect(await read(`from=${MORNING}&to=${MORNING}`)).toHaveLength(0);
  });

  test('come page by page, each exactly once', async () => {
    const api = await testApi();
    await fill(api, 250, 1_000);
    const seen: string[] = [];
    let path: string | undefined = `${PATH}?limit=40`;
    let pages = 0;
    while (path !== undefined) {
      const answer: Response = await api.get(path);
      const { readings } = await answerOf(answer, Raw);
      seen.push(...readings.map(({ observed_at }) => observed_at));
      path = /^<(.+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
      pages += 1;
    }
    expect(pages).toBe(7);
    expect(seen).toHaveLength(250);
    expect(new Set(seen).size).toBe(250);
    expect(seen).toEqual(seen.toSorted());
  });
});

describe('aggregated readings', () => {
  test('are windows per device, with their count', async () => {
    const api = await testApi();
    await fill(api, 120, 60_000);
    const answer = await api.get(`${PATH}?property=pm2_5&fn=max&interval=1h&from=${MORNING - 2 * HOUR}&to=${MORNING}`);
    expect(await answer.json()).toMatchObject({
      fn: 'max',
      interval: '1h',
      tz: 'Asia/Jakarta',
      windows: [
        {
          start: '2026-11-24T08:00:00.000+07:00',
          end: '2026-11-24T09:00:00.000+07:00',
          device: 'dev-1',
          property: 'pm2_5',
          value: 11.9,
          count: 59,
        },
        {
          start: '2026-11-24T09:00:00.000+07:00',
          end: '2026-11-24T10:00:00.000+07:00',
          device: 'dev-1',
          property: 'pm2_5',
          value: 6,
          count: 60,
        },
      ],
    });
  });

  test('come page by page too', async () => {
    const api = await testApi();
    await fill(api, 120, 60_000);
    const first = await api.get(`${PATH}?property=pm2_5&fn=mean&interval=10m&limit=5`);
    const next = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await api.get(next);
    const starts = [await answerOf(first, Aggregated), await answerOf(second, Aggregated)].flatMap(({ windows }) =>
      windows.map(({ start }) => start),
    );
    expect(starts).toHaveLength(10);
    expect(new Set(starts).size).toBe(10);
  });

  test('are CSV with their count, completeness, unit, method and zone', async () => {
    const api = await testApi();
    await fill(api, 60, 60_000);
    const answer = await api.get(`${PATH}?property=pm2_5&fn=count&interval=1d&tz=UTC`, CSV);
    expect(await answer.text()).toBe(
      'start,device,property,value,count,end,expected,complete,unit,level,method,zone,speed,calms\n' +
        '2026-11-24T00:00:00.000Z,dev-1,pm2_5,60,60,2026-11-25T00:00:00.000Z,1440,false,1,raw,count,UTC,,\n',
    );
  });

  test('name a day by the date on which it begins in the zone that was asked for', async () => {
    const api = await testApi();
    const read = async (tz: string) => {
      const path = `${PATH}?property=pm2_5&fn=count&interval=1d&tz=${tz}&from=${MORNING - 24 * HOUR}&to=${MORNING + 1}`;
      const { windows } = await answerOf(await api.get(path), Aggregated);
      const [, ...lines] = (await (await api.get(path, CSV)).text()).trimEnd().split('\n');
      expect(lines.map((line) => line.split(',').slice(0, 6))).toEqual(
        windows.map(({ start, end, value, count }) => [start, 'dev-1', 'pm2_5', String(value), String(count), end]),
      );
      return windows.map(({ start, end, value }) => [start, end, value]);
    };
    await api.store.write(aBatch([aReading({ observedAt: MORNING - 12 * HOUR }), aReading()]), never);
    expect(await read('Asia/Jakarta')).toEqual([
      ['2026-11-23T00:00:00.000+07:00', '2026-11-24T00:00:00.000+07:00', 1],
      ['2026-11-24T00:00:00.000+07:00', '2026-11-25T00:00:00.000+07:00', 1],
    ]);
    expect(await read('America/St_Johns')).toEqual([
      ['2026-11-23T00:00:00.000-03:30', '2026-11-24T00:00:00.000-03:30', 2],
    ]);
  });

  test('of rain count the report of midnight for the day that ends', async () => {
    const api = await testApi();
    await api.operations.changeRegistry([
      { kind: 'put-station', station: aStation({ id: 'PBG-W01', family: 'weather' }) },
    ]);
    const rain = (at: string, value: number) =>
      aReading({ station: 'PBG-W01', family: 'weather', property: 'rainfall', observedAt: Date.parse(at), value });
    const reports = [
      rain('2026-11-25T23:00:00+07:00', 3),
      rain('2026-11-26T00:00:00+07:00', 4),
      rain('2026-11-26T23:00:00+07:00', 0),
      rain('2026-11-27T00:00:00+07:00', 10),
      rain('2026-11-27T01:00:00+07:00', 2),
    ];
    await api.store.write(aBatch(reports), never);
    const day = `from=${encodeURIComponent('2026-11-26T00:00:00+07:00')}&to=${encodeURIComponent('2026-11-27T00:00:00+07:00')}`;
    const path = `/v1/stations/PBG-W01/readings?property=rainfall&fn=sum&interval=1d&day_start=00:00&${day}`;
    expect((await answerOf(await api.get(path), Aggregated)).windows).toEqual([
      {
        start: '2026-11-26T00:00:00.000+07:00',
        end: '2026-11-27T00:00:00.000+07:00',
        device: 'dev-1',
        property: 'rainfall',
        value: 10,
        count: 2,
        expected: 1_440,
        complete: false,
      },
    ]);
  });
});

describe('a window', () => {
  const withDevice = async (): Promise<TestApi> => {
    const api = await testApi();
    await api.operations.changeRegistry([{ kind: 'put-device', device: aDevice({ every: minutes(1) }) }]);
    return api;
  };
  const hour = `property=pm2_5&fn=mean&interval=1h&from=${MORNING - 2 * HOUR}&to=${MORNING}`;

  test.for([
    [60, true],
    [45, true],
    [44, false],
  ] as const)('of an hour with %d of 60 values says complete: %s', async ([count, complete]) => {
    const api = await withDevice();
    const readings = Array.from({ length: count }, (_, i) => aReading({ observedAt: MORNING - HOUR + i * 60_000 }));
    await api.store.write(aBatch(readings), never);
    const { windows, ...head } = await answerOf(await api.get(`${PATH}?${hour}`), Aggregated);
    expect(windows).toMatchObject([{ count, expected: 60, complete }]);
    expect(head).toMatchObject({ unit: 'ug/m3', method: 'mean', level: 'raw', tz: 'Asia/Jakarta' });
    const csv = await (await api.get(`${PATH}?${hour}`, CSV)).text();
    expect(csv.trimEnd()).toMatch(new RegExp(`,60,${complete},ug/m3,raw,mean,Asia/Jakarta,,$`));
  });

  test('that is not over, or is cut by the span, is not complete', async () => {
    const api = await withDevice();
    await fill(api, 150, 60_000);
    const cut = `property=pm2_5&fn=mean&interval=1h&from=${MORNING - 2 * HOUR + 600_000}`;
    const { windows } = await answerOf(await api.get(`${PATH}?${cut}`), Aggregated);
    expect(windows).toMatchObject([
      { count: 50, expected: 60, complete: false },
      { count: 60, expected: 60, complete: true },
      { count: 1, expected: 60, complete: false },
    ]);
  });

  test('of a day is formed from its valid hours', async () => {
    const api = await withDevice();
    const day = Date.parse('2026-11-22T00:00:00+07:00');
    const inHour = (at: number, count: number, value: number) =>
      Array.from({ length: count }, (_, i) => aReading({ observedAt: day + at * HOUR + i * 60_000, value }));
    const path = `${PATH}?property=pm2_5&fn=mean&interval=1d&from=${day}&to=${day + 24 * HOUR}`;
    await api.store.write(aBatch([...inHour(0, 60, 10), ...inHour(1, 15, 100)]), never);
    const read = async () => (await answerOf(await api.get(path), Aggregated)).windows;
    expect(await read()).toMatchObject([{ value: 10, count: 75, expected: 1_440, complete: false }]);
    const rest = Array.from({ length: 17 }, (_, i) => inHour(i + 2, 45, 10)).flat();
    await api.store.write(aBatch(rest), never);
    expect(await read()).toMatchObject([{ value: 10, count: 75 + 17 * 45, complete: true }]);
    expect(await answerOf(await api.get(path), Aggregated)).toMatchObject({ method: 'mean-of-hours' });
  });

  test('of a day without a valid hour has the mean of its values', async () => {
    const api = await withDevice();
    const day = Date.parse('2026-11-22T00:00:00+07:00');
    await api.store.write(
      aBatch([1, 2, 6].map((value, i) => aReading({ observedAt: day + i * 60_000, value }))),
      never,
    );
    const path = `${PATH}?property=pm2_5&fn=mean&interval=1d&from=${day}&to=${day + 24 * HOUR}`;
    expect((await answerOf(await api.get(path), Aggregated)).windows).toMatchObject([{ value: 3, complete: false }]);
  });

  test('has the digits that its sensor has', async () => {
    const api = await withDevice();
    const values = [10, 10, 11];
    await api.store.write(
      aBatch(values.map((value, i) => aReading({ observedAt: MORNING - HOUR + i * 60_000, value }))),
      never,
    );
    expect((await answerOf(await api.get(`${PATH}?${hour}`), Aggregated)).windows).toMatchObject([{ value: 10.3 }]);
  });
});

test.for([
  ['PBG-W01', 'rainfall', 'mean', 'ask for fn=sum'],
  ['PBG-W01', 'rainfall', 'p95', 'ask for fn=sum'],
  ['PBG-W01', 'temperature', 'sum', 'ask for fn=mean'],
  ['PBG-W01', 'wind_direction', 'max', 'ask for fn=mean'],
  ['PBG-W01', 'wind_direction', 'sum', 'ask for fn=mean'],
] as const)('%s refuses for %s the %s, with a reason', async ([station, property, fn, advice]) => {
  const api = await testApi();
  await api.operations.changeRegistry([{ kind: 'put-station', station: aStation({ id: station, family: 'weather' }) }]);
  const answer = await api.get(`/v1/stations/${station}/readings?property=${property}&fn=${fn}&interval=1h`);
  expect(answer.status).toBe(400);
  expect(await problemOf(answer)).toMatchObject({ code: 'REQUEST_INVALID', detail: expect.stringContaining(advice) });
});

describe('a query that cannot be answered', () => {
  const wrong: readonly (readonly [query: string, part: string])[] = [
    ['from=yesterday', 'query parameter "from"'],
    ['from=2026-11-24T10:00:00', 'for example "2026-11-24T03:00:00Z"'],
    ['interval=1h', 'add fn=mean'],
    ['fn=mean', 'add interval=1h'],
    ['fn=mean&interval=1h', 'add property=pm2_5'],
    ['fn=median&interval=1h', 'query parameter "fn"'],
    ['interval=soon&fn=mean', 'for example "1h"'],
    ['property=pm25', 'pm1, pm2_5, pm10'],
    ['flags=7', 'flags are 1, 2, 3, 4 and 9'],
    ['tz=Mars', 'no IANA time zone'],
    ['limit=20000', '10000'],
    ['limit=0', 'from 1 to 10000'],
    ['after=nonsense', 'Link header'],
    ['propery=pm2_5', 'propery'],
    ['from=2026-11-24T03:00:00Z&to=2026-11-23T03:00:00Z', 'exchange them'],
    ['property=pm2_5&fn=mean&interval=1s&from=2024-11-24T03:00:00Z', 'windows'],
  ];

  test.for(wrong)('is refused with what is wrong: %s', async ([query, part]) => {
    const { get } = await testApi();
    const problem = await problemOf(await get(`${PATH}?${query}`));
    expect(problem.status).toBe(400);
    expect(problem.detail).toContain(part);
  });

  test('finds no unknown station', async () => {
    const { get } = await testApi();
    expect(await problemOf(await get('/v1/stations/ST9/readings'))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});
