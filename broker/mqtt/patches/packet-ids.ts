import { EventEmitter } from 'node:events';
import type { Client } from 'aedes';

const LAST = 65_535;

/** With this a client is closed that acknowledges nothing. */
export const NO_PACKET_ID = 'every packet id waits for its acknowledgement';

interface PacketAcknowledgement {
  readonly cmd: string;
  readonly messageId?: number;
}

/** The packet ids of the messages that one client is sent. */
export interface PacketIds {
  /** One that is in use from then on; undefined where none is free, or the client has gone. */
  take(): number | undefined;
  /** Its message was not sent after all. */
  giveBack(id: number | undefined): void;
}

/**
 * Gives a client's messages packet ids that are not in use [MQTT-2.3.1-4]. Aedes begins at a random one and counts on,
 * whatever was not acknowledged, to this connection or to one before it whose session was kept; but it leaves a message
 * the id that it has. So each is given one beforehand, and the counter of Aedes is let be: an accessor in its stead would
 * cost every packet of the client a tenth of what Aedes takes over it, for V8 then looks up all its members by name.
 * @param isKept does something that waits in the client's kept session have this id?
 */
export const patchPacketIds = (client: Client, isKept: (id: number) => boolean): PacketIds => {
  const parser: unknown = Reflect.get(client, '_parser');
  const first: unknown = Reflect.get(client, '_nextId');
  if (!(parser instanceof EventEmitter) || typeof first !== 'number') {
    throw new Error('this version of Aedes has no client._nextId; see broker/mqtt/patches/packet-ids.ts');
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
        if (inFlight.has(id) || isKept(id)) continue;
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
