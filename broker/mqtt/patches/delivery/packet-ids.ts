/**
 * Patch: packet ids of outgoing messages.
 *
 * Upstream: Aedes starts with a random packet id and counts on, also through ids that still wait for their acknowledgement on
 * this connection or in the persistent session.
 * Clause: [MQTT-2.3.1-4], an id is reused after its acknowledgement only.
 * Seen on: Aedes 1.2.0.
 *
 * Aedes keeps the id of a packet that has one, so each message gets its id before. The counter of Aedes stays a plain member: an
 * accessor in its place slows down each packet of the client by a tenth, because V8 then looks up all members by name.
 */
import { EventEmitter } from 'node:events';
import type { Aedes, Client } from 'aedes';
import { missing, type QueuedPacket } from '#broker/mqtt/patches/internals.ts';

const LAST = 65_535;

/** Error that closes a client which acknowledges nothing. */
export const NO_PACKET_ID = 'every packet id waits for its acknowledgement';

interface PacketAcknowledgement {
  readonly cmd: string;
  readonly messageId?: number;
}

/** The packet ids of the messages that the broker sends to one client. */
export interface PacketIds {
  /** Takes a free id. Undefined when no id is free, or when the client has disconnected. */
  take(): number | undefined;
  /** Frees the id of a message that was not sent. */
  giveBack(id: number | undefined): void;
}

/** @param isStored tells whether a message in the persistent session of the client has this id */
export const patchPacketIds = (client: Client, isStored: (id: number) => boolean): PacketIds => {
  const parser: unknown = Reflect.get(client, '_parser');
  const first: unknown = Reflect.get(client, '_nextId');
  if (!(parser instanceof EventEmitter) || typeof first !== 'number') {
    throw missing('client._nextId', 'delivery/packet-ids');
  }
  const inFlight = new Set<number>();
  let next = Math.max(1, first);
  parser.prependListener('packet', ({ cmd, messageId }: PacketAcknowledgement) => {
    if ((cmd === 'puback' || cmd === 'pubcomp') && messageId !== undefined) inFlight.delete(messageId);
  });

  return {
    take: () => {
      if (client.closed) return undefined;
      for (let tries = 0; tries < LAST; tries += 1) {
        const id = next;
        next = id >= LAST ? 1 : id + 1;
        if (inFlight.has(id) || isStored(id)) continue;
        inFlight.add(id);
        return id;
      }
      client.emit('error', new Error(NO_PACKET_ID));
      return undefined;
    },
    giveBack: (id) => {
      if (id !== undefined) inFlight.delete(id);
    },
  };
};

/** The packet ids of each client of a broker. The id of a message that `authorizeForward` withholds is freed. */
export const packetIdsOf = (
  aedes: Aedes,
  isInUse: (clientId: string, packetId: number) => boolean,
): ((client: Client) => PacketIds) => {
  const known = new WeakMap<Client, PacketIds>();
  const idsOf = (client: Client): PacketIds => {
    const ids = known.get(client) ?? patchPacketIds(client, (id) => isInUse(client.id, id));
    known.set(client, ids);
    return ids;
  };
  const forward = aedes.authorizeForward;
  aedes.authorizeForward = (client, packet) => {
    const forwarded = forward(client, packet);
    if (forwarded === null || forwarded === undefined) idsOf(client).giveBack(packet.messageId);
    return forwarded;
  };
  return idsOf;
};

/** Gives a message its packet id; false when none is free. */
export const assignPacketId = (packet: QueuedPacket, ids: PacketIds): boolean => {
  packet.messageId = ids.take();
  return packet.messageId !== undefined;
};
