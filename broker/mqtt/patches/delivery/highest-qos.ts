/**
 * Patch: the QoS of a delivery.
 *
 * Upstream: of several matching subscriptions, Aedes delivers with the QoS of the one that it asks first. It compares a
 * message's QoS with the subscription whose filter equals the topic; with a wildcard, the message keeps its own QoS.
 * Clause: [MQTT-3.3.5-1], the highest QoS of the matching subscriptions; [MQTT-3.8.4-6], the lower QoS of message and subscription.
 * Seen on: Aedes 1.2.0.
 */
import { matchesTopic } from '#broker/mqtt/filter.ts';
import type { PacketReceiver, QueuedPacket } from '#broker/mqtt/patches/internals.ts';

const isSubscription = (value: unknown): value is { readonly qos: number } =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'qos') === 'number';

/** The granted QoS of each subscription. Aedes itself sees QoS 2 for all of them, so that it lowers nothing. */
export const grantedQos = (client: Pick<PacketReceiver, 'subscriptions'>): ReadonlyMap<string, number> => {
  const granted = new Map<string, number>();
  client.subscriptions = new Proxy(client.subscriptions, {
    set: (held, filter, subscription: unknown) => {
      if (typeof filter !== 'string' || !isSubscription(subscription)) return false;
      granted.set(filter, subscription.qos);
      return Reflect.set(held, filter, { ...subscription, qos: 2 });
    },
    deleteProperty: (held, filter) => {
      if (typeof filter === 'string') granted.delete(filter);
      return Reflect.deleteProperty(held, filter);
    },
  });
  return granted;
};

/** Lowers the QoS of a message to the highest QoS of the matching subscriptions. */
export const lowerQos = (packet: QueuedPacket, granted: ReadonlyMap<string, number>): void => {
  const { topic, qos: wanted } = packet;
  let highest = granted.get(topic) ?? 0;
  for (const [filter, qos] of granted) {
    if (highest >= wanted) break;
    if (qos > highest && matchesTopic(filter, topic)) highest = qos;
  }
  packet.qos = Math.min(wanted, highest);
};
