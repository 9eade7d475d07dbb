import { z } from 'zod';
import { GATEWAY_KINDS } from '#model/registry/gateway.ts';
import { Network } from '#model/registry/network.ts';
import type { Registry } from '#model/registry/registry.ts';
import { Attributes, Fields } from './registry-read.ts';

const Span = z.object({ ms: z.number() });

const Station = z.object({
  id: z.string(),
  family: z.string(),
  name: z.string(),
  lat: z.number(),
  lon: z.number(),
  attributes: Attributes,
});

const Device = z.object({
  id: z.string(),
  codec: z.string(),
  every: Span,
  silentAfter: Span.exactOptional(),
  fields: Fields,
  assignments: z.array(z.object({ station: z.string(), from: z.number() })),
  registeredAt: z.number(),
  revoked: z.boolean(),
  externalId: z.string().exactOptional(),
  gateway: z.string().exactOptional(),
  network: Network.exactOptional(),
  certificateOnly: z.literal(true).exactOptional(),
});

const Gateway = z.object({
  id: z.string(),
  kind: z.enum(GATEWAY_KINDS),
  registeredAt: z.number(),
  revoked: z.boolean(),
});

const Copy = z.object({
  revision: z.number(),
  stations: z.array(Station),
  devices: z.array(Device),
  gateways: z.array(Gateway),
});

/** A whole registry as text: what an interrupted batch was made with. */
export const writeRegistry = ({ revision, stations, devices, gateways }: Registry): string =>
  JSON.stringify({
    revision,
    stations: [...stations.values()],
    devices: [...devices.values()],
    gateways: [...gateways.values()],
  });

const byId = <T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<string, T> =>
  new Map(list.map((one) => [one.id, one]));

export const readRegistryCopy = (text: string): Registry => {
  const { revision, stations, devices, gateways } = Copy.parse(JSON.parse(text));
  return { revision, stations: byId(stations), devices: byId(devices), gateways: byId(gateways) };
};
