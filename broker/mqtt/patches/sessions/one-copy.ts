/**
 * Patch: copies in a persistent session.
 *
 * Upstream: Aedes stores a message once for each matching subscription of a session, with the RETAIN and DUP flags of its
 * sender.
 * Clause: [MQTT-3.3.1-3] and [MQTT-3.3.1-9] for the flags; section 3.3.5 for the copies, which may be one.
 * Seen on: Aedes 1.2.0, aedes-persistence 11.0.0.
 */
import type { Aedes } from 'aedes';
import { hasMethods, missing, persistenceOf, type QueuedPacket } from '#broker/mqtt/patches/internals.ts';
import type { Subscriber } from './persistence.ts';

interface CopyStore {
  outgoingEnqueueCombi(subscribers: readonly Subscriber[], packet: QueuedPacket): Promise<unknown>;
}

const isStore = (value: unknown): value is CopyStore => hasMethods(value, ['outgoingEnqueueCombi']);

export const patchCopies = (aedes: Aedes): void => {
  const store = persistenceOf(aedes);
  if (!isStore(store)) throw missing('persistence.outgoingEnqueueCombi', 'sessions/one-copy');
  const enqueue = store.outgoingEnqueueCombi.bind(store);
  store.outgoingEnqueueCombi = (subscribers, packet) =>
    subscribers.length === 0
      ? enqueue(subscribers, packet)
      : enqueue(oncePerClient(subscribers), { ...packet, retain: false, dup: false });
};

/** One subscriber for each session, with the highest QoS of its subscriptions [MQTT-3.3.5-1]. */
const oncePerClient = (subscribers: readonly Subscriber[]): Subscriber[] => {
  const highest = new Map<string, Subscriber>();
  for (const each of subscribers) {
    if ((each.qos ?? 0) >= (highest.get(each.clientId)?.qos ?? 0)) highest.set(each.clientId, each);
  }
  return [...highest.values()];
};
