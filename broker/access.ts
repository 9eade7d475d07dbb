import type { EntryKind } from '#model/packet.ts';
import { parseTopic } from '#model/topic.ts';
import type { Identity } from './identity.ts';

/** What becomes of a publish that is allowed. */
export interface PublishRight {
  /** Kind of its journal entry; undefined where it is only passed on. */
  readonly kind: Extract<EntryKind, 'readings' | 'status' | 'reply'> | undefined;
  /** In whose name it is journaled. */
  readonly sender: string;
  /** May the message be kept for later subscribers? */
  readonly isRetainable: boolean;
}

const BROKERED: PublishRight = { kind: undefined, sender: '', isRetainable: true };

/** What an identity may publish to a topic, or undefined when it may not. The same rule holds for wills. */
export const publishRight = (identity: Identity, topic: string): PublishRight | undefined => {
  if (topic.startsWith('$')) return undefined;
  switch (identity.role) {
    case 'device':
      return deviceRight(identity.device, topic);
    case 'operator':
      return undefined;
    case 'anyone':
      return openRight(topic);
  }
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

const openRight = (topic: string): PublishRight => {
  const parsed = parseTopic(topic);
  if (parsed?.kind !== 'readings') return BROKERED;
  return { kind: 'readings', sender: parsed.device, isRetainable: false };
};

/**
 * May an identity subscribe to this filter? A device to its own `config` and to whatever lies within its own
 * `commands/#` and `v1/alerts/#`, the operator to whatever lies within `v1/#`. A topic without wildcards is a filter
 * too: the same rule says whether a message may be delivered.
 */
export const maySubscribe = (identity: Identity, filter: string): boolean => {
  if (identity.role === 'anyone') return true;
  const [root, name, what, ...rest] = filter.split('/');
  if (root !== 'v1') return false;
  if (identity.role === 'operator' || name === 'alerts') return true;
  if (name !== identity.device) return false;
  return what === 'commands' || (what === 'config' && rest.length === 0);
};
