import { downlinksOf, parseForwarded } from '#model/registry/gateway.ts';
import type { ForwardedName } from '#broker/metrics/counts.ts';
import type { EntryKind } from '#model/readings/packet.ts';
import { parseTopic } from '#model/readings/topic.ts';
import { levelsBelow, matchShape } from '#model/registry/topic-shape.ts';
import type { Directory, ClientIdentity } from './identity.ts';

/** Treatment of an authorised publish. */
export interface PublishRight {
  /** Kind of its journal entry. Undefined for a message that is forwarded to subscribers only. */
  readonly kind: Extract<EntryKind, 'readings' | 'status' | 'reply'> | undefined;
  /** Sender of the journal entry. */
  readonly sender: string;
  /** True when the broker may retain the message. */
  readonly isRetainable: boolean;
  /** Counter of a message of a network server. Absent for other senders. */
  readonly forwarded?: ForwardedName;
}

/** A gateway, connected by MQTT or posting over HTTP. */
export type GatewayIdentity = Pick<Extract<ClientIdentity, { readonly role: 'gateway' }>, 'gateway' | 'kind'>;

const BROKERED: PublishRight = { kind: undefined, sender: '', isRetainable: true };

/** A message of a network server without use here, such as a join. It is accepted and counted, neither journaled nor retained. */
const IGNORED: PublishRight = { kind: undefined, sender: '', isRetainable: false, forwarded: 'ignored' };

/** The right of an identity to publish to a topic. Undefined without one. */
export const publishRight = (
  identity: ClientIdentity,
  topic: string,
  directory: Directory,
): PublishRight | undefined => {
  if (topic.startsWith('$')) return undefined;
  switch (identity.role) {
    case 'device':
      return deviceRight(identity.device, topic, directory);
    case 'gateway':
      return gatewayRight(identity, topic, directory);
    case 'operator':
      return undefined;
    case 'anyone':
      return openRight(topic);
  }
};

/** True when an identity may have a will with this topic: where it may publish; for a gateway, its own status only. */
export const mayWill = (identity: ClientIdentity, topic: string, directory: Directory): boolean => {
  const right = publishRight(identity, topic, directory);
  return right !== undefined && (identity.role !== 'gateway' || right.kind === 'status');
};

/** A message on a topic that the profile of its device does not want: it is accepted, and neither journaled nor retained. */
const UNWANTED: PublishRight = { kind: undefined, sender: '', isRetainable: false };

/** The right on a topic of the profile of a device. */
const profileRight = (device: string, topic: string, directory: Directory): PublishRight | undefined => {
  const below = levelsBelow(device, topic);
  const topics = below === undefined ? undefined : directory.topicsOf(device);
  if (below === undefined || topics === undefined) return undefined;
  if (topics.taken.some((shape) => matchShape(shape, below) !== undefined)) {
    return { kind: 'readings', sender: device, isRetainable: false };
  }
  return topics.ignored.some((shape) => matchShape(shape, below) !== undefined) ? UNWANTED : undefined;
};

const deviceRight = (device: string, topic: string, directory: Directory): PublishRight | undefined => {
  const parsed = parseTopic(topic);
  if (parsed === undefined) return profileRight(device, topic, directory);
  if (!('device' in parsed) || parsed.device !== device) return undefined;
  switch (parsed.kind) {
    case 'readings':
    case 'status':
    case 'reply':
      return { kind: parsed.kind, sender: device, isRetainable: parsed.kind === 'status' };
    default:
      return undefined;
  }
};

/**
 * The right of a gateway on the topics of its kind, with the device of the topic as sender. An uplink of a device that is not
 * assigned to the gateway has the gateway as sender and ends in quarantine: a network server sends for all its devices over one
 * connection, which must stay open for the other devices. Other messages of an unassigned device are ignored.
 */
export const gatewayRight = (
  { gateway, kind }: GatewayIdentity,
  topic: string,
  directory: Directory,
): PublishRight | undefined => {
  const parsed = parseTopic(topic);
  if (parsed?.kind === 'status' && parsed.device === gateway) {
    return { kind: 'status', sender: gateway, isRetainable: true };
  }
  if (kind === 'plain') {
    if (parsed?.kind !== 'readings' || !directory.speaksFor(gateway, parsed.device)) return undefined;
    return { kind: 'readings', sender: parsed.device, isRetainable: false };
  }
  return networkServerRight({ gateway, kind }, topic, directory);
};

const networkServerRight = (
  { gateway, kind }: GatewayIdentity,
  topic: string,
  directory: Directory,
): PublishRight | undefined => {
  const forwarded = parseForwarded(topic);
  if (forwarded?.kind !== kind) return undefined;
  const device = directory.deviceOf(gateway, forwarded.externalId);
  const own = { sender: device ?? gateway, isRetainable: false };
  if (forwarded.what === 'uplink') {
    return { kind: 'readings', ...own, forwarded: device === undefined ? 'stranger' : 'uplink' };
  }
  if (forwarded.what === 'other' || device === undefined) return IGNORED;
  return { kind: forwarded.what === 'state' ? 'readings' : 'reply', ...own, forwarded: forwarded.what };
};

const openRight = (topic: string): PublishRight => {
  const parsed = parseTopic(topic);
  if (parsed?.kind !== 'readings') return BROKERED;
  return { kind: 'readings', sender: parsed.device, isRetainable: false };
};

/**
 * True when an identity may subscribe to this filter: a device to its own `config`, its own `commands/#`, `v1/alerts/#` and
 * `v1/stations/#`, the operator to `v1/#`, a network server to the downlinks of its devices. A network server may subscribe to all downlinks and
 * receives those of its devices. A topic without wildcards is a filter too: the same rule decides about a delivery.
 */
export const maySubscribe = (identity: ClientIdentity, filter: string, directory: Directory): boolean => {
  if (identity.role === 'anyone') return true;
  if (identity.role === 'gateway') return mayReceive(identity, filter, directory);
  const [root, name, what, ...rest] = filter.split('/');
  if (root !== 'v1') return false;
  if (identity.role === 'operator' || name === 'alerts' || name === 'stations') return true;
  if (name !== identity.device) return false;
  return what === 'commands' || (what === 'config' && rest.length === 0);
};

const mayReceive = ({ gateway, kind }: GatewayIdentity, filter: string, directory: Directory): boolean => {
  if (kind === 'plain') return false;
  const device = downlinksOf(kind, filter);
  return device === '+' || (device !== undefined && directory.deviceOf(gateway, device) !== undefined);
};
