import type { Gateway } from './gateway.ts';
import type { Device } from './device.ts';
import type { Station } from './station.ts';

/** Everything that is registered, as of one revision. Immutable: a change makes a new one. */
export interface Registry {
  /** Grows by one with every change. */
  readonly revision: number;
  readonly stations: ReadonlyMap<string, Station>;
  readonly devices: ReadonlyMap<string, Device>;
  readonly gateways: ReadonlyMap<string, Gateway>;
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
