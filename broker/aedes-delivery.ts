import type { Aedes, Client } from 'aedes';
import { matchesTopic } from './filter.ts';

/** A packet on its way to a client. */
interface Outgoing {
  readonly cmd: string;
  readonly topic: string;
  readonly brokerId?: string | null;
  readonly brokerCounter?: number;
  readonly messageId?: number;
  qos: number;
  retain: boolean;
  dup: boolean;
}

type Done = () => void;
type Deliver = (packet: Outgoing, done: Done) => void;

/** What Aedes keeps of a client and has not in its types. */
interface Receiver {
  deliver0: Deliver;
  deliverQoS: Deliver;
  readonly subscriptions: Readonly<Record<string, { readonly qos: number }>>;
  readonly duplicates: Record<string, number>;
  readonly connackSent: boolean;
}

const isReceiver = (client: unknown): client is Receiver =>
  typeof client === 'object' &&
  client !== null &&
  ['deliver0', 'deliverQoS'].every((name) => typeof Reflect.get(client, name) === 'function') &&
  ['subscriptions', 'duplicates'].every((name) => typeof Reflect.get(client, name) === 'object') &&
  typeof Reflect.get(client, 'connackSent') === 'boolean';

interface Subscriber {
  readonly clientId: string;
  readonly qos?: number;
}

interface Store {
  outgoingEnqueueCombi(subscribers: readonly Subscriber[], packet: Outgoing): Promise<unknown>;
  outgoingUpdate(client: Client, packet: Outgoing): Promise<unknown>;
  outgoingStream(client: Client): AsyncIterable<Outgoing>;
}

const isStore = (value: unknown): value is Store =>
  typeof value === 'object' &&
  value !== null &&
  ['outgoingEnqueueCombi', 'outgoingUpdate', 'outgoingStream'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  );

const moved = (part: string): Error => new Error(`this version of Aedes has no ${part}; see broker/aedes-delivery.ts`);

/** Messages for one client that wait until those from before its connection are sent. Past it they overtake them. */
const WAITING = 1_000;

/**
 * Delivers to a client as MQTT 3.1.1 says. Aedes delivers a message with the QoS of whichever of its matching
 * subscriptions is asked first, with its own QoS where that subscription has a wildcard, may do so before the CONNACK,
 * lets it overtake messages that have been waiting for the client, and drops one that was overtaken by another.
 */
export const mendDelivery = (client: Client): void => {
  if (!isReceiver(client)) throw moved('client.deliverQoS');
  const deliver0 = client.deliver0.bind(client);
  const deliverQoS = client.deliverQoS.bind(client);
  const waiting: Outgoing[] = [];

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
    packet.qos = Math.min(packet.qos, grantedQos(client, packet.topic));
    if (packet.qos === 0) deliver0(packet, done);
    else deliverQoS(packet, done);
  };

  const deliver: Deliver = (packet, done) => {
    if (client.connected || packet.qos === 0 || waiting.length >= WAITING) {
      // a session that was kept is subscribed before its CONNACK is written [MQTT-3.2.0-1]
      if (client.connackSent) send(packet, done);
      else queueMicrotask(done);
      return;
    }
    // before the CONNACK it is among those that are about to be sent from the session
    if (client.connackSent) waiting.push(packet);
    queueMicrotask(done);
  };

  client.once('connected', () => {
    for (const packet of waiting.splice(0)) send(packet, () => undefined);
  });
  client.deliver0 = deliver;
  client.deliverQoS = deliver;
};

/** The highest QoS of the subscriptions that match [MQTT-3.3.5-1]; but Aedes insists on that of the topic itself. */
const grantedQos = ({ subscriptions }: Receiver, topic: string): number => {
  const exact = subscriptions[topic];
  if (exact !== undefined) return exact.qos;
  let highest = 0;
  for (const [filter, { qos }] of Object.entries(subscriptions))
    if (qos > highest && matchesTopic(filter, topic)) highest = qos;
  return highest;
};

/**
 * What waits for a session that is kept: each message once however many of its subscriptions match, without the flags
 * of its sender [MQTT-3.3.1-3] [MQTT-3.3.1-9], and with DUP when it was sent to the client before [MQTT-3.3.1-1].
 */
export const mendSessions = (aedes: Aedes): void => {
  const store: unknown = Reflect.get(aedes, 'persistence');
  if (!isStore(store)) throw moved('persistence.outgoingStream');
  const sent = new WeakMap<Client, Set<number>>();
  const enqueue = store.outgoingEnqueueCombi.bind(store);
  const update = store.outgoingUpdate.bind(store);
  const stream = store.outgoingStream.bind(store);

  store.outgoingEnqueueCombi = (subscribers, packet) =>
    subscribers.length === 0 ? enqueue(subscribers, packet) : enqueue(oncePerClient(subscribers), unflagged(packet));

  store.outgoingStream = (client) => {
    const ids = new Set<number>();
    sent.set(client, ids);
    return noting(stream(client), ids);
  };

  store.outgoingUpdate = async (client, packet) => {
    if (packet.cmd === 'publish' && sent.get(client)?.delete(packet.messageId ?? 0) === true) packet.dup = true;
    try {
      return await update(client, packet);
    } catch (error) {
      // PUBREC is answered by PUBREL, also for a retained message, which is in no session [MQTT-4.3.3-1]
      if (packet.cmd !== 'pubrel') throw error;
      return undefined;
    }
  };
};

const oncePerClient = (subscribers: readonly Subscriber[]): Subscriber[] => {
  const highest = new Map<string, Subscriber>();
  for (const each of subscribers) {
    if ((each.qos ?? 0) >= (highest.get(each.clientId)?.qos ?? 0)) highest.set(each.clientId, each);
  }
  return [...highest.values()];
};

const unflagged = (packet: Outgoing): Outgoing => ({ ...packet, retain: false, dup: false });

async function* noting(packets: AsyncIterable<Outgoing>, ids: Set<number>): AsyncGenerator<Outgoing> {
  for await (const packet of packets) {
    if (packet.messageId !== undefined) ids.add(packet.messageId);
    yield packet;
  }
}
