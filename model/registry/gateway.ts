import { z } from 'zod';
import { InstantMember } from '#model/base/document.ts';
import { DeviceId } from './names.ts';

/** Which topics a gateway speaks on: those of a network server, or our own with the names of its devices. */
export const GATEWAY_KINDS = ['chirpstack', 'ttn', 'plain'] as const;
export type GatewayKind = (typeof GATEWAY_KINDS)[number];

/** A network server, or a box that collects for others: an MQTT client that speaks for the devices assigned to it. */
export const Gateway = z.object({
  /** It has the grammar of a device id and is not the id of a device: both are MQTT user names. */
  id: DeviceId,
  kind: z
    .enum(GATEWAY_KINDS)
    .meta({ description: 'Kind of network server; it determines the topics.', examples: ['chirpstack'] }),
  registeredAt: InstantMember,
  revoked: z.boolean(),
});
export type Gateway = Readonly<z.infer<typeof Gateway>>;

/** A topic of a network server: the device, by the name that the network server has for it, and the event. */
export interface ForwardedTopic {
  readonly kind: Exclude<GatewayKind, 'plain'>;
  /** DevEUI in lower case (ChirpStack), device id (The Things Stack). */
  readonly externalId: string;
  /**
   * `uplink` and `state` (battery) hold readings, `reply` says what became of a downlink; `other` is of no use here:
   * joins, transmissions, log lines, locations.
   */
  readonly what: 'uplink' | 'state' | 'reply' | 'other';
}

/** Events that are made use of, by kind; every other is `other`. */
const EVENTS: Readonly<Record<ForwardedTopic['kind'], ReadonlyMap<string, ForwardedTopic['what']>>> = {
  chirpstack: new Map([
    ['up', 'uplink'],
    ['status', 'state'],
    ['ack', 'reply'],
  ]),
  ttn: new Map([
    ['up', 'uplink'],
    ['down/ack', 'reply'],
    ['down/failed', 'reply'],
  ]),
};

/** ChirpStack v4: `application/{application}/device/{DevEUI}/event/{event}`. */
const CHIRPSTACK = /^application\/[A-Za-z0-9-]{1,64}\/device\/([0-9A-Fa-f]{16})\/event\/([a-z]{1,16})$/;

/** The Things Stack v3: `v3/{application}[@{tenant}]/devices/{device}/{event}`. */
const TTN =
  /^v3\/[a-z0-9][a-z0-9-]{0,63}(?:@[a-z0-9][a-z0-9-]{0,63})?\/devices\/([a-z0-9][a-z0-9-]{0,62})\/([a-z]{1,16}(?:\/[a-z]{1,16})?)$/;

/** Reads a topic of a network server on exact characters; undefined for any other. */
export const parseForwarded = (topic: string): ForwardedTopic | undefined => {
  const chirpstack = CHIRPSTACK.exec(topic);
  if (chirpstack !== null) return forwarded('chirpstack', chirpstack);
  const ttn = TTN.exec(topic);
  return ttn === null ? undefined : forwarded('ttn', ttn);
};

const forwarded = (
  kind: ForwardedTopic['kind'],
  [, externalId = '', event = '']: readonly string[],
): ForwardedTopic => ({
  kind,
  externalId: externalId.toLowerCase(),
  what: EVENTS[kind].get(event) ?? 'other',
});

/** Topics of downlinks to which a network server subscribes, for one of its devices or for all. */
const DOWNLINKS: Readonly<Record<ForwardedTopic['kind'], RegExp>> = {
  chirpstack: /^application\/(?:\+|[A-Za-z0-9-]{1,64})\/device\/(\+|[0-9A-Fa-f]{16})\/command\/(?:\+|down)$/,
  ttn: /^v3\/(?:\+|[a-z0-9][a-z0-9-]{0,63}(?:@[a-z0-9][a-z0-9-]{0,63})?)\/devices\/(\+|[a-z0-9][a-z0-9-]{0,62})\/down\/(?:\+|push)$/,
};

/**
 * The device of the downlinks of this topic or filter: an external id, `+` for all, or undefined for a topic that is not of
 * this kind.
 */
export const downlinksOf = (kind: ForwardedTopic['kind'], filter: string): string | undefined =>
  DOWNLINKS[kind].exec(filter)?.[1]?.toLowerCase();

/** Is this the topic of a downlink to one device? */
export const isDownlink = (topic: string): boolean =>
  !topic.includes('+') && (downlinksOf('chirpstack', topic) !== undefined || downlinksOf('ttn', topic) !== undefined);

/** Where a downlink to a device is published; application and external id are taken as they are. */
export const downlinkTopic = (kind: ForwardedTopic['kind'], application: string, externalId: string): string =>
  kind === 'chirpstack'
    ? `application/${application}/device/${externalId}/command/down`
    : `v3/${application}/devices/${externalId}/down/push`;

/** Grammar of an external id: a DevEUI, or a device id of The Things Stack. */
export const EXTERNAL_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
