import { z } from 'zod';
import { Device } from '#model/registry/device.ts';
import { Gateway } from '#model/registry/gateway.ts';
import { Profile } from '#model/registry/profile.ts';
import type { Registry } from '#model/registry/registry.ts';
import { Station } from '#model/registry/station.ts';

const Copy = z.object({
  revision: z.number(),
  stations: z.array(Station),
  devices: z.array(Device),
  gateways: z.array(Gateway),
  profiles: z.array(Profile),
});

/** A whole registry as text: the one that an interrupted batch was made with. */
export const writeRegistry = ({ revision, stations, devices, gateways, profiles }: Registry): string =>
  JSON.stringify(
    z.encode(Copy, {
      revision,
      stations: [...stations.values()],
      devices: [...devices.values()],
      gateways: [...gateways.values()],
      profiles: [...profiles.values()].flat(),
    }),
  );

const byId = <T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<string, T> =>
  new Map(list.map((one) => [one.id, one]));

export const readRegistryCopy = (text: string): Registry => {
  const { revision, stations, devices, gateways, profiles } = z.decode(Copy, JSON.parse(text));
  return {
    revision,
    stations: byId(stations),
    devices: byId(devices),
    gateways: byId(gateways),
    profiles: Map.groupBy(profiles, ({ id }) => id),
  };
};
