import { EventEmitter } from 'node:events';
import type { Client } from 'aedes';

const LAST = 65_535;

const COUNTER = '_nextId';

/** With this a client is closed that acknowledges nothing. */
export const NO_PACKET_ID = 'every packet id waits for its acknowledgement';

interface Acknowledgement {
  readonly cmd: string;
  readonly messageId?: number;
}

/**
 * Gives a client's messages packet ids that are not in use [MQTT-2.3.1-4]. Aedes begins at a random one and counts on,
 * whatever was not acknowledged: to this connection, or to one before it whose session was kept.
 * @param isKept does something that waits in the client's kept session have this id?
 */
export const givePacketIds = (client: Client, isKept: (id: number) => boolean): void => {
  const parser: unknown = Reflect.get(client, '_parser');
  const first: unknown = Reflect.get(client, COUNTER);
  if (!(parser instanceof EventEmitter) || typeof first !== 'number') {
    throw new Error(`this version of Aedes has no client.${COUNTER}; see broker/aedes-packet-ids.ts`);
  }
  const inFlight = new Set<number>();
  let next = first;

  const free = (): number => {
    // of the messages that were under way when it was closed, none is sent
    if (client.closed) return next;
    for (let tries = 0; tries < LAST; tries += 1) {
      if (next >= 1 && next <= LAST && !inFlight.has(next) && !isKept(next)) return next;
      next = next >= LAST ? 1 : next + 1;
    }
    client.emit('error', new Error(NO_PACKET_ID));
    return next;
  };

  Object.defineProperty(client, COUNTER, {
    get: free,
    // Aedes counts on when it has used the one that it was given
    set: (value: number) => {
      inFlight.add(next);
      next = value;
    },
  });
  parser.prependListener('packet', ({ cmd, messageId }: Acknowledgement) => {
    if ((cmd === 'puback' || cmd === 'pubcomp') && messageId !== undefined) inFlight.delete(messageId);
  });
};

/** Takes the next packet id for a message that is to be noted before Aedes sends it. */
export const takePacketId = (client: Client): number => {
  const id: unknown = Reflect.get(client, COUNTER);
  if (typeof id !== 'number') throw new Error(`this version of Aedes has no client.${COUNTER}`);
  Reflect.set(client, COUNTER, id >= LAST ? 1 : id + 1);
  return id;
};
