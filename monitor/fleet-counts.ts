import type { ProbeFindings } from './problems.ts';
import type { PresenceState } from '#storage/operations/alerting.ts';
import type { FleetCounts } from '#ingest/metrics/fleet.ts';
import type { CurrentState } from '#ingest/observe/observe.ts';
import type { Registry } from '#model/registry/registry.ts';
import { stationAt } from '#model/registry/device.ts';

/** Counts the devices by the findings of a probe. */
export const fleetCountsOf = (
  { now, silent, wrongClocks, isSettling }: Pick<ProbeFindings, 'now' | 'silent' | 'wrongClocks' | 'isSettling'>,
  { devices }: Pick<Registry, 'devices'>,
  known: Pick<CurrentState, 'presence' | 'seen'>,
): FleetCounts => {
  const presence: Record<PresenceState, number> = { online: 0, offline: 0, unknown: 0 };
  for (const device of devices.values()) {
    if (device.revoked || stationAt(device, now) === undefined) continue;
    presence[known.presence.get(device.id)?.state ?? 'unknown'] += 1;
  }
  const newestAt = [...known.seen.values()].reduce((newest, at) => Math.max(newest, at), 0);
  return {
    presence,
    silent: isSettling ? undefined : countsOf(silent),
    wrongClocks: wrongClocks.length,
    newestAt: newestAt === 0 ? undefined : newestAt,
  };
};

const countsOf = (silent: ProbeFindings['silent']): NonNullable<FleetCounts['silent']> => {
  const of = (wanted: string): number => silent.filter(({ cause }) => cause === wanted).length;
  return {
    'device-offline': of('device-offline'),
    'gateway-offline': of('gateway-offline'),
    connected: of('connected'),
    'never-heard': of('never-heard'),
    unknown: of('unknown'),
  };
};
