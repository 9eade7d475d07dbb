import { parseForwarded } from '#model/gateway.ts';
import type { EntryKind } from '#model/packet.ts';
import { parseTopic } from '#model/topic.ts';
import type { Directory, Identity } from './identity.ts';

/** What becomes of a publish that is allowed. */
export interface PublishRight {
  /** Kind of its journal entry; undefined where it is only passed on. */
  readonly kind: Extract<EntryKind, 'readings' | 'status' | 'reply'> | undefined;
  /** In whose name it is journaled. */
  readonly sender: string;
  /** May the message be kept for later subscribers? */
  readonly isRetainable: boolean;
}

type Gateway = Extract<Identity, { readonly role: 'gateway' }>;

const BROKERED: PublishRight = { kind: undefined, sender: '', isRetainable: true };

/** What a gateway tells beside readings: joins, acknowledgements. Taken, and neither journaled nor kept. */
const HEARD: PublishRight = { kind: undefined, sender: '', isRetainable: false };

/** What an identity may publish to a topic, or undefined when it may not. */
export const publishRight = (identity: Identity, topic: string, directory: Directory): PublishRight | undefined => {
  if (topic.startsWith('$')) return undefined;
  switch (identity.role) {
    case 'device':
      return deviceRight(identity.device, topic);
    case 'gateway':
      return gatewayRight(identity, topic, directory);
    case 'operator':
      return undefined;
    case 'anyone':
      return openRight(topic);
  }
};

/** May an identity leave a will on this topic? Where it may publish; a gateway to its own status alone. */
export const mayWill = (identity: Identity, topic: string, directory: Directory): boolean => {
  const right = publishRight(identity, topic, directory);
  return right !== undefined && (identity.role !== 'gateway' || right.kind === 'status');
};

const deviceRight = (device: string, topic: string): PublishRight | undefined => {
  const parsed = parseTopic(topic);
  if (parsed === undefined || parsed.kind === 'alert' || parsed.device !== device) return undefined;
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
 * A gateway speaks on the topics of its kind, in the name of the device that the topic means. An uplink of a device
 * that is not assigned to it is journaled in the gateway's own name: a network server sends for all its devices over one
 * connection, and closing that for a stranger among them would silence the others. It ends in quarantine.
 */
const gatewayRight = ({ gateway, kind }: Gateway, topic: string, directory: Directory): PublishRight | undefined => {
  const parsed = parseTopic(topic);
  if (parsed?.kind === 'status' && parsed.device === gateway) {
    return { kind: 'status', sender: gateway, isRetainable: true };
  }
  if (kind === 'plain') {
    if (parsed?.kind !== 'readings' || !directory.speaksFor(gateway, parsed.device)) return undefined;
    return { kind: 'readings', sender: parsed.device, isRetainable: false };
  }
  const forwarded = parseForwarded(topic);
  if (forwarded?.kind !== kind) return undefined;
  if (!forwarded.isUplink) return HEARD;
  const sender = directory.deviceOf(gateway, forwarded.externalId) ?? gateway;
  return { kind: 'readings', sender, isRetainable: false };
};

const openRight = (topic: string): PublishRight => {
  const parsed = parseTopic(topic);
  if (parsed?.kind !== 'readings') return BROKERED;
  return { kind: 'readings', sender: parsed.device, isRetainable: false };
};

/** Where ChirpStack listens for downlinks at each of its connections: of no one does it hear anything there. */
const DOWNLINKS =
  /^application\/(?:\+|[A-Za-z0-9-]{1,64})\/device\/(?:\+|[0-9A-Fa-f]{16})\/command\/(?:\+|[a-z]{1,16})$/;

/**
 * May an identity subscribe to this filter? A device to its own `config` and to whatever lies within its own
 * `commands/#` and `v1/alerts/#`, the operator to whatever lies within `v1/#`, a gateway of ChirpStack to downlinks. A
 * topic without wildcards is a filter too: the same rule says whether a message may be delivered.
 */
export const maySubscribe = (identity: Identity, filter: string): boolean => {
  if (identity.role === 'anyone') return true;
  if (identity.role === 'gateway') return identity.kind === 'chirpstack' && DOWNLINKS.test(filter);
  const [root, name, what, ...rest] = filter.split('/');
  if (root !== 'v1') return false;
  if (identity.role === 'operator' || name === 'alerts') return true;
  if (name !== identity.device) return false;
  return what === 'commands' || (what === 'config' && rest.length === 0);
};
