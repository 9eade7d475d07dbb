import { describe, expect, test } from 'vitest';
import { makeIngestMetrics } from '#ingest/metrics/metrics.ts';
import type { ProbeFindings } from '#monitor/problems.ts';
import { fleetCountsOf } from '#monitor/fleet-counts.ts';
import { aDevice } from '#test/support/servers/api.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const DEVICES = new Map(
  [
    aDevice({ id: 'here' }),
    aDevice({ id: 'gone' }),
    aDevice({ id: 'lost' }),
    aDevice({ id: 'revoked', revoked: true }),
    aDevice({ id: 'stored', assignments: [] }),
  ].map((device) => [device.id, device]),
);

const silent = (device: string, cause: ProbeFindings['silent'][number]['cause']): ProbeFindings['silent'][number] => ({
  device,
  station: 'ST1',
  gateway: undefined,
  since: MORNING,
  lastSeen: undefined,
  cause,
  connected: 'never',
});

const FOUND = {
  now: MORNING,
  isSettling: false,
  silent: [silent('gone', 'device-offline'), silent('lost', 'never-heard')],
  wrongClocks: [{ device: 'here', station: 'ST1', ahead: undefined }],
};

const present = (id: string, state: 'online' | 'offline') =>
  [id, { device: id, state, since: MORNING, connection: 1 }] as const;

const KNOWN = {
  presence: new Map([present('here', 'online'), present('gone', 'offline'), present('revoked', 'online')]),
  seen: new Map([
    ['here', MORNING - 2_000],
    ['gone', MORNING - 9_000],
  ]),
};

const figures = async (looks: readonly Partial<typeof FOUND>[]): Promise<readonly string[]> => {
  const metrics = makeIngestMetrics(silentLog());
  for (const given of looks) metrics.fleet.probed(fleetCountsOf({ ...FOUND, ...given }, { devices: DEVICES }, KNOWN));
  return (await metrics.text()).split('\n').filter((line) => /^klawing_ingest_(devices|clocks|newest)/.test(line));
};

describe('the figures of the fleet', () => {
  test('count those that are expected by presence, the silent ones by cause, and tell when the last was heard', async () => {
    expect(await figures([{}])).toEqual([
      'klawing_ingest_devices{presence="online"} 1',
      'klawing_ingest_devices{presence="offline"} 1',
      'klawing_ingest_devices{presence="unknown"} 1',
      'klawing_ingest_devices_silent{cause="device-offline"} 1',
      'klawing_ingest_devices_silent{cause="gateway-offline"} 0',
      'klawing_ingest_devices_silent{cause="connected"} 0',
      'klawing_ingest_devices_silent{cause="never-heard"} 1',
      'klawing_ingest_devices_silent{cause="unknown"} 0',
      'klawing_ingest_clocks_wrong 1',
      `klawing_ingest_newest_packet_time_seconds ${MORNING / 1_000 - 2}`,
    ]);
  });

  test('say of silence what was said before while nobody can be heard', async () => {
    const lines = await figures([{}, { isSettling: true, silent: [] }]);
    expect(lines).toContain('klawing_ingest_devices_silent{cause="never-heard"} 1');
    expect(await figures([{}, { silent: [] }])).toContain('klawing_ingest_devices_silent{cause="never-heard"} 0');
  });
});
