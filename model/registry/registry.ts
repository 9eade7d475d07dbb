import type { Instant } from '#model/base/instant.ts';
import type { Gateway } from './gateway.ts';
import type { Device } from './device.ts';
import { type Profiles, type Registration, withProfile } from './profile.ts';
import type { ProfileChoice } from './profile-choice.ts';
import type { Station } from './station.ts';

/** Everything that is registered, as of one revision. Immutable: a change makes a new one. */
export interface Registry {
  /** Grows by one with every change. */
  readonly revision: number;
  readonly stations: ReadonlyMap<string, Station>;
  readonly devices: ReadonlyMap<string, Device>;
  readonly gateways: ReadonlyMap<string, Gateway>;
  readonly profiles: Profiles;
}

/** The device of a gateway that its network server calls so, or undefined for a stranger, and for one that was revoked. */
export const deviceBehind = (registry: Registry, gateway: string, externalId: string): string | undefined => {
  for (const device of registry.devices.values()) {
    if (device.gateway !== gateway || device.revoked) continue;
    if ((device.externalId ?? device.id) === externalId) return device.id;
  }
  return undefined;
};

/** The gateway that a device is assigned to, or undefined for one that connects by itself. */
export const gatewayOf = ({ devices, gateways }: Registry, device: string): Gateway | undefined => {
  const gateway = devices.get(device)?.gateway;
  return gateway === undefined ? undefined : gateways.get(gateway);
};

/** A registration as it was in force, and from when until when. */
export interface RegistrationInForce extends Registration {
  readonly from: Instant;
  /** Instant before which it was in force. */
  readonly until: Instant;
}

/** The version of its profile by which the messages of a device that arrived at an instant are read. */
export const registrationAt = (
  { profiles }: Pick<Registry, 'profiles'>,
  device: Device,
  at: Instant,
): RegistrationInForce => {
  const history = device.profiles ?? [];
  const index = Math.max(
    0,
    history.findLastIndex(({ from }) => from <= at),
  );
  const inForce = history[index];
  const from = index === 0 ? Number.NEGATIVE_INFINITY : (inForce?.from ?? Number.NEGATIVE_INFINITY);
  const until = history[index + 1]?.from ?? Number.POSITIVE_INFINITY;
  const versions = inForce?.profile === undefined ? undefined : profiles.get(inForce.profile);
  const profile = versions?.find(({ version }) => version === inForce?.version);
  return { device: profile === undefined ? device : withProfile(device, profile), profile, from, until };
};

/** The registry in which the newest version of each profile counts for all messages, whenever they arrived. */
const withNewestProfiles = (registry: Registry): Registry => {
  const newest = ([id, device]: readonly [string, Device]): [string, Device] => {
    const last = device.profiles?.at(-1);
    return [id, last === undefined ? device : { ...device, profiles: [last] }];
  };
  return { ...registry, devices: new Map([...registry.devices].map(newest)) };
};

/** The registry for a replay. */
export const replayedWith = (registry: Registry, choice: ProfileChoice | undefined): Registry =>
  choice === 'newest' ? withNewestProfiles(registry) : registry;
