import type { Presence } from '#storage/operations/alerting.ts';
import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import type { RefusedVersions } from './refused-versions.ts';
import type { Registry } from '#model/registry/registry.ts';
import { type OutageWindow, silenceCause, type SilenceCause, silentSince } from '#model/registry/silence.ts';
import { type Device, stationAt } from '#model/registry/device.ts';

/** A device that is expected to report and does not. */
export interface SilentDevice {
  readonly device: string;
  readonly station: string;
  readonly gateway: string | undefined;
  readonly since: Instant;
  readonly lastSeen: Instant | undefined;
  readonly cause: SilenceCause;
  /** Its own connection to the broker. */
  readonly connected: 'now' | 'before' | 'never';
  /** Protocol level of the version of MQTT that it, or its gateway, asks for and the broker does not support. */
  readonly otherVersion?: number;
}

/** The facts by which silence is decided. */
export interface SilenceContext {
  readonly registry: Registry;
  readonly presence: ReadonlyMap<string, Presence>;
  readonly lastSeen: ReadonlyMap<string, Instant>;
  /** Times in which no device could be heard, in order. */
  readonly outages: readonly OutageWindow[];
  readonly grace: Duration;
  readonly now: Instant;
}

const connectedOf = (state: Presence['state'] | undefined): SilentDevice['connected'] => {
  if (state === undefined) return 'never';
  return state === 'online' ? 'now' : 'before';
};

/** The silence of a device with its start and its cause; undefined while it reports, and for a device that is not expected to. */
export const silenceOf = (device: Device, context: SilenceContext): SilentDevice | undefined => {
  const { registry, presence, now, grace, outages } = context;
  const station = stationAt(device, now);
  if (device.revoked || station === undefined || !registry.stations.has(station)) return undefined;
  const lastSeen = context.lastSeen.get(device.id);
  const from = Math.max(device.registeredAt, device.assignments[0]?.from ?? 0);
  const { every, silentAfter, gateway } = device;
  const since = silentSince({ every, silentAfter, from, lastSeen }, now, grace, outages);
  if (since === undefined) return undefined;
  const present = presence.get(device.id)?.state;
  const cause = silenceCause({
    lastSeen,
    presence: present ?? 'unknown',
    gateway: gateway === undefined ? undefined : (presence.get(gateway)?.state ?? 'unknown'),
  });
  return { device: device.id, station, gateway, since, lastSeen, cause, connected: connectedOf(present) };
};

export const silentDevices = (context: SilenceContext): readonly SilentDevice[] =>
  [...context.registry.devices.values()].flatMap((device) => silenceOf(device, context) ?? []);

/** The same, with the unsupported version of MQTT that a device asks for. */
export const withVersions = (
  silent: readonly SilentDevice[],
  versions: Pick<RefusedVersions, 'levelOf'>,
): readonly SilentDevice[] =>
  silent.map((each) => {
    const otherVersion = versions.levelOf({ id: each.device, gateway: each.gateway });
    return otherVersion === undefined ? each : { ...each, otherVersion };
  });
