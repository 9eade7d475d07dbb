import type { Client } from 'aedes';
import type { QueuedPacket, Resending } from './sessions.ts';
import type { PacketIds } from './packet-ids.ts';
import { matchesTopic } from '#broker/mqtt/filter.ts';

type DeliveryDone = () => void;
type Deliver = (packet: QueuedPacket, done: DeliveryDone) => void;

/** What Aedes keeps of a client and has not in its types. */
interface PacketReceiver {
  deliver0: Deliver;
  deliverQoS: Deliver;
  subscriptions: object;
  readonly duplicates: Record<string, number>;
}

const isReceiver = (client: unknown): client is PacketReceiver =>
  typeof client === 'object' &&
  client !== null &&
  ['deliver0', 'deliverQoS'].every((name) => typeof Reflect.get(client, name) === 'function') &&
  ['subscriptions', 'duplicates'].every((name) => typeof Reflect.get(client, name) === 'object');

const moved = (part: string): Error =>
  new Error(`this version of Aedes has no ${part}; see broker/mqtt/patches/delivery.ts`);

/** Messages for one client that wait until those from before its connection are sent. Past it they overtake them. */
const WAITING = 1_000;

/**
 * Delivers to a client as MQTT 3.1.1 says. Aedes delivers a message with the QoS of whichever of its matching
 * subscriptions is asked first, with its own QoS where that subscription has a wildcard, lets it overtake messages that
 * have been waiting for the client or sends it beside these once more, and drops one that was overtaken by another. And
 * it forgets a retained message as soon as it is sent.
 */
export const patchDelivery = (client: Client, ids: PacketIds, { isResent, note }: Resending): void => {
  if (!isReceiver(client)) throw moved('client.deliverQoS');
  const granted = keepGranted(client);
  const deliver0 = client.deliver0.bind(client);
  const deliverQoS = client.deliverQoS.bind(client);
  const waiting: QueuedPacket[] = [];

  const send: Deliver = (packet, done) => {
    const { brokerId, brokerCounter = 0 } = packet;
    if (typeof brokerId === 'string') {
      // another of its subscriptions has brought it just before
      if (client.duplicates[brokerId] === brokerCounter) {
        queueMicrotask(done);
        return;
      }
      // Aedes takes whatever was overtaken on the way here for a duplicate
      client.duplicates[brokerId] = brokerCounter - 1;
    }
    // [MQTT-3.3.1-3]
    packet.dup = false;
    packet.qos = Math.min(packet.qos, highestQos(granted, packet));
    if (packet.qos === 0) {
      deliver0(packet, done);
      return;
    }
    packet.messageId = ids.take();
    // the connection is closed; what was put into a kept session waits there
    if (packet.messageId === undefined) {
      queueMicrotask(done);
      return;
    }
    // a retained message that a new subscription brought; Aedes has counted every other in the session [MQTT-4.4.0-1]
    if (packet.retain && !client.clean && typeof brokerId !== 'string') note(client, packet);
    deliverQoS(packet, done);
  };

  const deliver: Deliver = (packet, done) => {
    if (client.connected || packet.qos === 0 || waiting.length >= WAITING) {
      send(packet, done);
      return;
    }
    // a session that was kept is subscribed before what waits in it is sent [MQTT-4.6.0-6]
    waiting.push(packet);
    queueMicrotask(done);
  };

  client.once('connected', () => {
    for (const packet of waiting.splice(0)) if (!isResent(client, packet)) send(packet, () => undefined);
  });
  client.deliver0 = deliver;
  client.deliverQoS = deliver;
};

/** The highest QoS of the subscriptions that match [MQTT-3.3.5-1], as far as it matters to this packet. */
const highestQos = (granted: ReadonlyMap<string, number>, { topic, qos: wanted }: QueuedPacket): number => {
  let highest = granted.get(topic) ?? 0;
  for (const [filter, qos] of granted) {
    if (highest >= wanted) break;
    if (qos > highest && matchesTopic(filter, topic)) highest = qos;
  }
  return highest;
};

const isGrant = (value: unknown): value is { readonly qos: number } =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'qos') === 'number';

/**
 * The QoS of every subscription. Aedes lowers a message to the one of the subscription that is the very topic, whatever
 * the others are; so it is shown the highest for each.
 */
const keepGranted = (client: PacketReceiver): ReadonlyMap<string, number> => {
  const granted = new Map<string, number>();
  client.subscriptions = new Proxy(client.subscriptions, {
    set: (held, filter, subscription: unknown) => {
      if (typeof filter !== 'string' || !isGrant(subscription)) return false;
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
