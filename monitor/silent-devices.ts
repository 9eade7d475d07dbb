import type { Presence } from '#storage/operations/alerting.ts';
import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import type { BrokerHealth } from '#model/base/broker-api.ts';
import type { Registry } from '#model/registry/registry.ts';
import { type Gap, silenceCause, type SilenceCause, silentSince } from '#model/registry/silence.ts';
import { type Device, stationAt } from '#model/registry/device.ts';

/** A device that is expected and was not heard. */
export interface SilentDevice {
  readonly device: string;
  readonly station: string;
  readonly gateway: string | undefined;
  readonly since: Instant;
  readonly lastSeen: Instant | undefined;
  readonly cause: SilenceCause;
  /** Whether it is, or ever was, connected by itself. */
  readonly connected: 'now' | 'before' | 'never';
  /** Protocol level of the version of MQTT that it, or its gateway, asks for and that the broker does not speak. */
  readonly otherVersion?: number;
}

/** What silence is judged by. */
export interface Heard {
  readonly registry: Registry;
  readonly presence: ReadonlyMap<string, Presence>;
  readonly lastSeen: ReadonlyMap<string, Instant>;
  /** Spans in which nobody listened, in order. */
  readonly gaps: readonly Gap[];
  readonly grace: Duration;
  readonly now: Instant;
}

const connectedOf = (state: Presence['state'] | undefined): SilentDevice['connected'] => {
  if (state === undefined) return 'never';
  return state === 'online' ? 'now' : 'before';
};

/** Whether a device is silent, since when and why; undefined while it is not, and for one that is not expected. */
export const silenceOf = (device: Device, heard: Heard): SilentDevice | undefined => {
  const { registry, presence, now, grace, gaps } = heard;
  const station = stationAt(device, now);
  if (device.revoked || station === undefined || !registry.stations.has(station)) return undefined;
  const lastSeen = heard.lastSeen.get(device.id);
  const from = Math.max(device.registeredAt, device.assignments[0]?.from ?? 0);
  const { every, silentAfter, gateway } = device;
  const since = silentSince({ every, silentAfter, from, lastSeen }, now, grace, gaps);
  if (since === undefined) return undefined;
  const present = presence.get(device.id)?.state;
  const cause = silenceCause({
    lastSeen,
    presence: present ?? 'unknown',
    gateway: gateway === undefined ? undefined : (presence.get(gateway)?.state ?? 'unknown'),
  });
  return { device: device.id, station, gateway, since, lastSeen, cause, connected: connectedOf(present) };
};

export const silentDevices = (heard: Heard): readonly SilentDevice[] =>
  [...heard.registry.devices.values()].flatMap((device) => silenceOf(device, heard) ?? []);

/** The same, each with the version of MQTT that it asks for where that is not spoken. */
export const withVersions = (
  silent: readonly SilentDevice[],
  { otherVersions = [] }: Partial<Pick<BrokerHealth, 'otherVersions'>> = {},
): readonly SilentDevice[] => {
  const levels = new Map(otherVersions.map(({ sender, level }) => [sender, level]));
  return silent.map((each) => {
    const otherVersion = levels.get(each.gateway ?? each.device);
    return otherVersion === undefined ? each : { ...each, otherVersion };
  });
};
