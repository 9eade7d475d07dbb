import { describe, expect, test } from 'vitest';
import { FleetList } from '#api/fleet/schema.ts';
import { hours, minutes, seconds } from '#model/base/duration.ts';
import { aDevice, answerOf, aStation, problemOf, type TestApi, testApi } from '#test/support/servers/api.ts';

const NOW = 1_795_489_200_000;

const value = (device: string, property: string, reading: number, observedAt = NOW - minutes(2).ms) => ({
  station: 'ST1',
  device,
  family: 'air',
  property,
  value: reading,
  flag: 1 as const,
  observedAt,
  receivedAt: observedAt + 500,
  timedBy: 'device' as const,
});

/** `dev-1` is connected and heard, `gone` fell silent an hour ago, `mute` never spoke, `bin` stands elsewhere. */
const fleet = async (): Promise<TestApi> => {
  const api = await testApi(
    { silenceGrace: '30s' },
    {
      skews: {
        of: (device) => (device === 'dev-1' ? { ahead: seconds(90), isWrong: true, refusedAt: undefined } : undefined),
      },
      versions: { levelOf: ({ id }) => (id === 'mute' ? 5 : undefined) },
    },
  );
  const { operations } = api;
  await operations.changeRegistry([
    { kind: 'put-station', station: aStation({ id: 'W1', family: 'waste', name: 'TPS Bobotsari' }) },
    ...[
      aDevice({ id: 'gone' }),
      aDevice({ id: 'mute', registeredAt: NOW - hours(2).ms }),
      aDevice({ id: 'bin', assignments: [{ station: 'W1', from: 0 }], silentAfter: hours(6) }),
    ].map((device) => ({ kind: 'put-device', device }) as const),
  ]);
  await operations.commitAlerted({
    cursor: { journal: 'j', sequence: 1 },
    latest: [
      value('dev-1', 'pm2_5', 38.5, NOW - minutes(1).ms),
      value('dev-1', 'battery_voltage', 3.91),
      value('dev-1', 'rssi', -71),
      value('dev-1', 'snr', 9.5),
      value('gone', 'battery_level', 4),
      value('gone', 'rssi', -118),
    ],
    presence: [
      { device: 'dev-1', state: 'online', since: NOW - hours(5).ms, connection: 1 },
      { device: 'gone', state: 'offline', since: NOW - hours(1).ms, connection: 2 },
    ],
    seen: [
      { device: 'dev-1', receivedAt: NOW - seconds(20).ms },
      { device: 'gone', receivedAt: NOW - hours(1).ms },
      { device: 'bin', receivedAt: NOW - hours(5).ms },
    ],
  });
  return api;
};

const ask = async (api: TestApi, query = '') => answerOf(await api.get(`/v1/fleet${query}`), FleetList);
const ids = async (api: TestApi, query: string): Promise<readonly string[]> =>
  (await ask(api, query)).devices.map(({ id }) => id);

describe('GET /v1/fleet', () => {
  test('shows presence, silence with its cause, age, battery, signal and clock of every device', async () => {
    const { devices, total, silent, next } = await ask(await fleet());
    expect({ total, silent, next }).toEqual({ total: 4, silent: 2, next: null });
    const byId = new Map(devices.map((device) => [device.id, device]));
    expect(byId.get('dev-1')).toEqual({
      id: 'dev-1',
      station: 'ST1',
      station_name: 'Bukateja',
      family: 'air',
      every: '1m',
      revoked: false,
      silence_limit_seconds: 210,
      presence: 'online',
      presence_since: '2026-11-23T22:00:00.000Z',
      last_seen: '2026-11-24T02:59:40.000Z',
      silent: false,
      last_value_at: '2026-11-24T02:59:00.000Z',
      age_seconds: 60,
      battery_voltage: 3.91,
      rssi: -71,
      snr: 9.5,
      clock_skew_seconds: 90,
      clock_wrong: true,
    });
    expect(byId.get('gone')).toMatchObject({
      presence: 'offline',
      silent: true,
      silent_since: '2026-11-24T02:03:30.000Z',
      silent_cause: 'device-offline',
      battery_level: 4,
      rssi: -118,
    });
    expect(byId.get('mute')).toMatchObject({
      presence: 'unknown',
      silent: true,
      silent_cause: 'never-heard',
      mqtt_refused_level: 5,
    });
    expect(byId.get('bin')).toMatchObject({ station: 'W1', family: 'waste', silent: false, silent_after: '6h' });
    expect(byId.get('bin')).toMatchObject({ silence_limit_seconds: 21_600 });
  });

  test('is filtered by silence, station and family', async () => {
    const api = await fleet();
    expect(await ids(api, '?silent=true')).toEqual(['gone', 'mute']);
    expect(await ids(api, '?silent=false')).toEqual(['bin', 'dev-1']);
    expect(await ids(api, '?station=W1')).toEqual(['bin']);
    expect(await ids(api, '?family=air&silent=false')).toEqual(['dev-1']);
  });

  test.for([
    ['device', ['bin', 'dev-1', 'gone', 'mute']],
    ['station', ['dev-1', 'gone', 'mute', 'bin']],
    ['silence', ['mute', 'gone', 'bin', 'dev-1']],
    ['last_seen', ['mute', 'bin', 'gone', 'dev-1']],
    ['battery', ['gone', 'dev-1', 'bin', 'mute']],
    ['signal', ['gone', 'dev-1', 'bin', 'mute']],
  ] as const)('is sorted by %s, the troubled first', async ([sort, order]) => {
    expect(await ids(await fleet(), `?sort=${sort}`)).toEqual(order);
  });

  test('comes in pages that together are the whole', async () => {
    const api = await fleet();
    const first = await api.get('/v1/fleet?sort=signal&limit=3');
    expect(first.headers.get('link')).toContain('after=bin');
    expect((await answerOf(first, FleetList)).next).toBe('bin');
    expect(await ask(api, '?sort=signal&limit=3&after=bin')).toMatchObject({ devices: [{ id: 'mute' }], next: null });
    expect((await problemOf(await api.get('/v1/fleet?after=nobody'))).detail).toContain('start with the first page');
    expect((await api.get('/v1/fleet?limit=0')).status).toBe(400);
  });
});
