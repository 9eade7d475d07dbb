import type { Aedes, Client } from 'aedes';
import type { PacketIds } from './packet-ids.ts';

/** A packet on its way to a client. */
export interface QueuedPacket {
  readonly cmd: string;
  readonly topic: string;
  readonly brokerId?: string | null;
  readonly brokerCounter?: number;
  messageId?: number | undefined;
  qos: number;
  retain: boolean;
  dup: boolean;
}

export interface Resending {
  /** Was this packet among those that waited in the session when the client came back? */
  readonly isResent: (client: Client, packet: QueuedPacket) => boolean;
  /** Notes a packet with its id in a kept session, so that it is sent again where it is not acknowledged. */
  readonly note: (client: Client, packet: QueuedPacket) => void;
}

interface Subscriber {
  readonly clientId: string;
  readonly qos?: number;
}

interface OutgoingStore {
  outgoingEnqueue(subscriber: Subscriber, packet: object): Promise<unknown>;
  outgoingEnqueueCombi(subscribers: readonly Subscriber[], packet: QueuedPacket): Promise<unknown>;
  outgoingUpdate(client: Client, packet: QueuedPacket): Promise<unknown>;
  outgoingStream(client: Client): AsyncIterable<QueuedPacket>;
}

const isStore = (value: unknown): value is OutgoingStore =>
  typeof value === 'object' &&
  value !== null &&
  ['outgoingEnqueue', 'outgoingEnqueueCombi', 'outgoingUpdate', 'outgoingStream'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  );

/** What was sent from its session when a client came back. */
interface Resumed {
  /** Packet ids of those that it had been sent before. */
  readonly again: Set<number>;
  /** Aedes's own numbers of all of them. */
  readonly all: Set<string>;
}

/**
 * What waits for a session that is kept: each message once however many of its subscriptions match, without the flags
 * of its sender [MQTT-3.3.1-3] [MQTT-3.3.1-9], and with DUP when it was sent to the client before [MQTT-3.3.1-1].
 */
export const patchSessions = (aedes: Aedes, idsOf: (client: Client) => PacketIds): Resending => {
  const store: unknown = Reflect.get(aedes, 'persistence');
  if (!isStore(store)) {
    throw new Error('this version of Aedes has no persistence.outgoingStream; see broker/mqtt/patches/sessions.ts');
  }
  const resumed = new WeakMap<Client, Resumed>();
  const enqueue = store.outgoingEnqueueCombi.bind(store);
  const update = store.outgoingUpdate.bind(store);
  const stream = store.outgoingStream.bind(store);

  store.outgoingEnqueueCombi = (subscribers, packet) =>
    subscribers.length === 0 ? enqueue(subscribers, packet) : enqueue(oncePerClient(subscribers), unflagged(packet));

  store.outgoingStream = (client) => {
    const noted: Resumed = { again: new Set(), all: new Set() };
    resumed.set(client, noted);
    return noting(stream(client), noted, idsOf(client));
  };

  store.outgoingUpdate = (client, packet) => {
    if (packet.cmd === 'publish' && resumed.get(client)?.again.delete(packet.messageId ?? 0) === true) {
      packet.dup = true;
    }
    return update(client, packet);
  };

  return {
    isResent: (client, packet) => resumed.get(client)?.all.has(nameOf(packet)) === true,
    // without the number of Aedes, by which it would be found in place of its id
    note: ({ id }, packet) =>
      void store.outgoingEnqueue(
        { clientId: id, qos: packet.qos },
        { ...packet, brokerId: undefined, brokerCounter: undefined },
      ),
  };
};

const nameOf = ({ brokerId, brokerCounter }: QueuedPacket): string => `${brokerId ?? ''}:${brokerCounter ?? ''}`;

const oncePerClient = (subscribers: readonly Subscriber[]): Subscriber[] => {
  const highest = new Map<string, Subscriber>();
  for (const each of subscribers) {
    if ((each.qos ?? 0) >= (highest.get(each.clientId)?.qos ?? 0)) highest.set(each.clientId, each);
  }
  return [...highest.values()];
};

const unflagged = (packet: QueuedPacket): QueuedPacket => ({ ...packet, retain: false, dup: false });

async function* noting(
  packets: AsyncIterable<QueuedPacket>,
  { again, all }: Resumed,
  ids: PacketIds,
): AsyncGenerator<QueuedPacket> {
  for await (const packet of packets) {
    all.add(nameOf(packet));
    if (packet.messageId !== undefined) again.add(packet.messageId);
    const messageId = packet.messageId ?? ids.take();
    if (messageId === undefined) return;
    yield { ...packet, messageId };
  }
}
