/**
 * Patch: messages that are sent again from a persistent session.
 *
 * Upstream: when a client reconnects, Aedes sends the waiting messages again without the DUP flag. A retained message
 * that was sent for a new subscription is not stored in the session, so it is not sent again.
 * Clause: [MQTT-3.3.1-1] for DUP, [MQTT-4.4.0-1] for messages without an acknowledgement.
 * Seen on: Aedes 1.2.0.
 */
import type { Aedes, Client } from 'aedes';
import type { PacketIds } from '#broker/mqtt/patches/delivery/packet-ids.ts';
import { hasMethods, missing, persistenceOf, type QueuedPacket } from '#broker/mqtt/patches/internals.ts';
import type { Subscriber } from './persistence.ts';

export interface Resending {
  /** Tells whether this packet was in the session when the client reconnected. */
  readonly isResent: (client: Client, packet: QueuedPacket) => boolean;
  /** Stores a retained message with its packet id in a persistent session. */
  readonly storeRetained: (client: Client, packet: QueuedPacket) => void;
}

interface OutgoingStore {
  outgoingEnqueue(subscriber: Subscriber, packet: object): Promise<unknown>;
  outgoingUpdate(client: Client, packet: QueuedPacket): Promise<unknown>;
  outgoingStream(client: Client): AsyncIterable<QueuedPacket>;
}

const isStore = (value: unknown): value is OutgoingStore =>
  hasMethods(value, ['outgoingEnqueue', 'outgoingUpdate', 'outgoingStream']);

/** The messages that were in a session when its client reconnected. */
interface Resumed {
  /** Packet ids of the messages that were sent to the client before. */
  readonly again: Set<number>;
  /** Numbers of all messages, as Aedes counts them. */
  readonly all: Set<string>;
}

export const patchResend = (aedes: Aedes, idsOf: (client: Client) => PacketIds): Resending => {
  const store = persistenceOf(aedes);
  if (!isStore(store)) throw missing('persistence.outgoingStream', 'sessions/resend');
  const resumed = new WeakMap<Client, Resumed>();
  const update = store.outgoingUpdate.bind(store);
  const stream = store.outgoingStream.bind(store);

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
    storeRetained: (client, packet) => {
      // Aedes stores all other messages by itself; those have a number
      if (!packet.retain || client.clean || typeof packet.brokerId === 'string') return;
      // without a number of Aedes, the message is found by its packet id
      const stored = { ...packet, brokerId: undefined, brokerCounter: undefined };
      void store.outgoingEnqueue({ clientId: client.id, qos: packet.qos }, stored);
    },
  };
};

const nameOf = ({ brokerId, brokerCounter }: QueuedPacket): string => `${brokerId ?? ''}:${brokerCounter ?? ''}`;

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
