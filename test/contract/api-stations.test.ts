import { describe, expect, test } from 'vitest';
import { aDevice, answerOf, aStation, problemOf, testApi } from '#test/support/servers/api.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { LatestList, StationDetail, StationList, StationState } from '#api/stations/schema.ts';
import type { LatestValue } from '#storage/operations/alerting.ts';

const latest = (given: Partial<LatestValue> = {}): LatestValue => ({
  station: 'ST1',
  device: 'dev-1',
  family: 'air',
  property: 'pm2_5',
  value: 38.5,
  flag: 1,
  observedAt: MORNING - 21_000,
  receivedAt: MORNING - 20_000,
  timedBy: 'device',
  ...given,
});

const watched = { cursor: { journal: 'j-1', sequence: 1 }, latest: [], presence: [], seen: [] };

describe('GET /v1/stations', () => {
  test('shows the newest value of each property, its unit as text, its flag and its age', async () => {
    const { get, operations } = await testApi();
    await operations.changeRegistry([{ kind: 'put-device', device: aDevice({ id: 'dev-2' }) }]);
    const older = latest({ device: 'dev-2', value: 12, observedAt: MORNING - 60_000 });
    await operations.commitAlerted({
      ...watched,
      latest: [latest(), older, latest({ property: 'temperature', value: 27.1 })],
    });
    const { stations } = await answerOf(await get('/v1/stations'), StationList);
    expect(stations).toHaveLength(1);
    expect(stations[0]).toMatchObject({ id: 'ST1', family: 'air', headline: 'pm2_5', name: 'Bukateja' });
    expect(stations[0]?.last).toHaveLength(2);
    expect(stations[0]?.last[0]).toEqual({
      device: 'dev-1',
      property: 'pm2_5',
      title: { id: 'PM2,5', en: 'PM2.5' },
      value: 38.5,
      decimals: 1,
      unit: 'ug/m3',
      unit_text: 'µg/m³',
      flag: 1,
      observed_at: '2026-11-24T02:59:39.000Z',
      received_at: '2026-11-24T02:59:40.000Z',
      timed_by: 'device',
      age_seconds: 21,
    });
  });

  test('distinguishes presence, silence and last sign of life', async () => {
    const { get, operations } = await testApi();
    await operations.commitAlerted({
      ...watched,
      presence: [{ device: 'dev-1', state: 'online', since: MORNING - 900_000, connection: 3 }],
      seen: [{ device: 'dev-1', receivedAt: MORNING - 600_000 }],
    });
    const station = await answerOf(await get('/v1/stations/ST1'), StationState);
    expect(station.devices[0]).toEqual({
      id: 'dev-1',
      every: '1m',
      silence_limit_seconds: 210,
      revoked: false,
      presence: 'online',
      presence_since: '2026-11-24T02:45:00.000Z',
      last_seen: '2026-11-24T02:50:00.000Z',
      silent: true,
      silent_since: '2026-11-24T02:53:30.000Z',
      silent_cause: 'connected',
      clock_wrong: false,
    });
    expect(station).toMatchObject({ silent: true, silent_since: '2026-11-24T02:53:30.000Z', last: [] });
  });

  test('does not call a device silent that was registered a minute ago', async () => {
    const { get, operations } = await testApi();
    await operations.changeRegistry([
      { kind: 'remove-device', device: 'dev-1' },
      { kind: 'put-device', device: aDevice({ id: 'dev-9', registeredAt: MORNING - 60_000 }) },
    ]);
    const station = await answerOf(await get('/v1/stations/ST1'), StationState);
    expect(station.devices[0]).toMatchObject({ silent: false, presence: 'unknown' });
  });

  test('shows one station as the list of all stations does, with the battery of a device that moved there', async () => {
    const { get, operations } = await testApi();
    const assignments = [
      { station: 'ST2', from: 0 },
      { station: 'ST1', from: MORNING - 60_000 },
    ];
    await operations.changeRegistry([
      { kind: 'put-station', station: aStation({ id: 'ST2' }) },
      { kind: 'put-device', device: aDevice({ id: 'moved', assignments }) },
      { kind: 'put-device', device: aDevice({ id: 'other', assignments: [{ station: 'ST2', from: 0 }] }) },
    ]);
    await operations.commitAlerted({
      ...watched,
      latest: [
        latest(),
        latest({ device: 'moved', station: 'ST2', property: 'battery_voltage', value: 3.6 }),
        latest({ device: 'other', station: 'ST2', value: 12 }),
      ],
      presence: ['dev-1', 'moved', 'other'].map((device) => ({ device, state: 'online', since: 1, connection: 3 })),
      seen: ['moved', 'other'].map((device) => ({ device, receivedAt: MORNING - 1_000 })),
    });
    const { stations } = await answerOf(await get('/v1/stations'), StationList);
    expect(stations.map(({ id }) => id)).toEqual(['ST1', 'ST2']);
    for (const station of stations) {
      const { properties, ...alone } = await answerOf(await get(`/v1/stations/${station.id}`), StationDetail);
      expect(alone).toEqual(station);
      expect(properties.length).toBeGreaterThan(0);
    }
    const moved = stations[0]?.devices.find(({ id }) => id === 'moved');
    expect(moved?.health?.map(({ property, value }) => [property, value])).toEqual([['battery_voltage', 3.6]]);
  });

  test('answers an unknown station and an unknown family with a problem', async () => {
    const { get } = await testApi();
    expect(await problemOf(await get('/v1/stations/NOWHERE'))).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
      type: '/docs/faults#NOT_FOUND',
      instance: '/v1/stations/NOWHERE',
    });
    const { status, detail } = await problemOf(await get('/v1/stations?family=no-such-family'));
    expect(status).toBe(400);
    expect(detail).toContain('query parameter "family"');
    expect(detail).toContain('given was "no-such-family"');
    expect(detail).toContain('for example "air"');
  });
});

describe('GET /v1/latest', () => {
  test('answers the values of one family', async () => {
    const { get, operations } = await testApi();
    await operations.commitAlerted({
      ...watched,
      latest: [latest(), latest({ station: 'ST2', family: 'river', property: 'stage' })],
    });
    expect((await answerOf(await get('/v1/latest'), LatestList)).values).toHaveLength(2);
    const { values } = await answerOf(await get('/v1/latest?family=river'), LatestList);
    expect(values).toMatchObject([{ station: 'ST2', family: 'river', property: 'stage', unit_text: 'm' }]);
  });
});
