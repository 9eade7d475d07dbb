/**
 * Patch: incoming QoS 2 messages that wait for their PUBREL.
 *
 * Upstream: Aedes stores each QoS 2 packet of a client with its payload until the PUBREL arrives, also after the client has
 * disconnected, and for any number of client ids. It only ever asks whether a packet id is known.
 * Clause: [MQTT-4.3.3-2] permits to store the packet id alone.
 * Seen on: Aedes 1.2.0, aedes-persistence 11.0.0.
 */
import type { Aedes } from 'aedes';
import { hasMethods, missing, persistenceOf } from '#broker/mqtt/patches/internals.ts';

interface IncomingClient {
  readonly id: string;
}

interface IncomingPacket {
  readonly messageId?: number;
  readonly payload?: Uint8Array;
}

interface IncomingStore {
  incomingStorePacket(client: IncomingClient, packet: IncomingPacket): Promise<unknown>;
  incomingDelPacket(client: IncomingClient, packet: IncomingPacket): Promise<unknown>;
  cleanIncoming(client: IncomingClient): Promise<unknown>;
}

const isStore = (value: unknown): value is IncomingStore =>
  hasMethods(value, ['incomingStorePacket', 'incomingDelPacket', 'cleanIncoming']);

const NO_PAYLOAD = Buffer.alloc(0);

/**
 * Stores packet ids without payloads. Above the bound, the ids of the client that was idle longest are deleted: a repeated
 * message of that client counts as a new one.
 * @param bound packet ids of all clients; 100,000 take about 30 MB
 * @param onForgotten is called with each client whose ids were deleted
 */
export const patchIncoming = (aedes: Aedes, bound: number, onForgotten: (client: string) => void): void => {
  const store = persistenceOf(aedes);
  if (!isStore(store)) throw missing('persistence.cleanIncoming', 'sessions/incoming-qos2');
  const put = store.incomingStorePacket.bind(store);
  const remove = store.incomingDelPacket.bind(store);
  const clean = store.cleanIncoming.bind(store);
  /** Packet ids by client; the client that was idle longest is first. */
  const waiting = new Map<string, Set<number>>();
  let size = 0;

  const forget = async (id: string): Promise<void> => {
    size -= waiting.get(id)?.size ?? 0;
    waiting.delete(id);
    await clean({ id });
  };

  store.cleanIncoming = ({ id }) => forget(id);

  store.incomingStorePacket = async (client, packet) => {
    await put(client, { ...packet, payload: NO_PAYLOAD });
    const ids = waiting.get(client.id) ?? new Set();
    waiting.delete(client.id);
    waiting.set(client.id, ids);
    size -= ids.size;
    ids.add(packet.messageId ?? 0);
    size += ids.size;
    const [idlest] = waiting.keys();
    if (size <= bound || idlest === undefined) return;
    onForgotten(idlest);
    await forget(idlest);
  };

  store.incomingDelPacket = async (client, packet) => {
    await remove(client, packet);
    const ids = waiting.get(client.id);
    if (ids?.delete(packet.messageId ?? 0) !== true) return;
    size -= 1;
    if (ids.size === 0) await forget(client.id);
  };
};
