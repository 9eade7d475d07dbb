import { downlinksOf, parseForwarded } from '#model/registry/gateway.ts';
import type { ForwardedName } from '#broker/metrics/counts.ts';
import type { EntryKind } from '#model/readings/packet.ts';
import { parseTopic } from '#model/readings/topic.ts';
import type { Directory, ClientIdentity } from './identity.ts';

/** What becomes of a publish that is allowed. */
export interface PublishRight {
  /** Kind of its journal entry; undefined where it is only passed on. */
  readonly kind: Extract<EntryKind, 'readings' | 'status' | 'reply'> | undefined;
  /** In whose name it is journaled. */
  readonly sender: string;
  /** May the message be kept for later subscribers? */
  readonly isRetainable: boolean;
  /** What a network server's message is counted as; absent for everyone else's. */
  readonly forwarded?: ForwardedName;
}

/** A gateway, by whichever door it came. */
export type Speaker = Pick<Extract<ClientIdentity, { readonly role: 'gateway' }>, 'gateway' | 'kind'>;

const BROKERED: PublishRight = { kind: undefined, sender: '', isRetainable: true };

/** What a network server tells that is of no use here, such as joins. Taken and counted, neither journaled nor kept. */
const HEARD: PublishRight = { kind: undefined, sender: '', isRetainable: false, forwarded: 'ignored' };

/** What an identity may publish to a topic, or undefined when it may not. */
export const publishRight = (
  identity: ClientIdentity,
  topic: string,
  directory: Directory,
): PublishRight | undefined => {
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
export const mayWill = (identity: ClientIdentity, topic: string, directory: Directory): boolean => {
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
 * connection, and closing that for a stranger among them would silence the others. It ends in quarantine. What else a
 * network server tells of a stranger is of no use.
 */
export const gatewayRight = (
  { gateway, kind }: Speaker,
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
  const forwarded = parseForwarded(topic);
  if (forwarded?.kind !== kind) return undefined;
  const device = directory.deviceOf(gateway, forwarded.externalId);
  const own = { sender: device ?? gateway, isRetainable: false };
  if (forwarded.what === 'uplink') {
    return { kind: 'readings', ...own, forwarded: device === undefined ? 'stranger' : 'uplink' };
  }
  if (forwarded.what === 'other' || device === undefined) return HEARD;
  return { kind: forwarded.what === 'state' ? 'readings' : 'reply', ...own, forwarded: forwarded.what };
};

const openRight = (topic: string): PublishRight => {
  const parsed = parseTopic(topic);
  if (parsed?.kind !== 'readings') return BROKERED;
  return { kind: 'readings', sender: parsed.device, isRetainable: false };
};

/**
 * May an identity subscribe to this filter? A device to its own `config` and to whatever lies within its own
 * `commands/#` and `v1/alerts/#`, the operator to whatever lies within `v1/#`, a network server to downlinks of its
 * devices: it may ask for all at once, and hears those of its own. A topic without wildcards is a filter too: the same
 * rule says whether a message may be delivered.
 */
export const maySubscribe = (identity: ClientIdentity, filter: string, directory: Directory): boolean => {
  if (identity.role === 'anyone') return true;
  if (identity.role === 'gateway') return mayHear(identity, filter, directory);
  const [root, name, what, ...rest] = filter.split('/');
  if (root !== 'v1') return false;
  if (identity.role === 'operator' || name === 'alerts') return true;
  if (name !== identity.device) return false;
  return what === 'commands' || (what === 'config' && rest.length === 0);
};

const mayHear = ({ gateway, kind }: Speaker, filter: string, directory: Directory): boolean => {
  if (kind === 'plain') return false;
  const device = downlinksOf(kind, filter);
  return device === '+' || (device !== undefined && directory.deviceOf(gateway, device) !== undefined);
};
