import type { Aedes } from 'aedes';

interface IncomingClient {
  readonly id: string;
}

interface Incoming {
  readonly messageId?: number;
  readonly payload?: Uint8Array;
}

interface IncomingStore {
  incomingStorePacket(client: IncomingClient, packet: Incoming): Promise<unknown>;
  incomingDelPacket(client: IncomingClient, packet: Incoming): Promise<unknown>;
  cleanIncoming(client: IncomingClient): Promise<unknown>;
}

const isStore = (value: unknown): value is IncomingStore =>
  typeof value === 'object' &&
  value !== null &&
  ['incomingStorePacket', 'incomingDelPacket', 'cleanIncoming'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  );

const NO_PAYLOAD = Buffer.alloc(0);

/**
 * Aedes keeps every QoS 2 packet of a client whole until its PUBREL comes, also when the client has gone and for as many
 * client ids as it likes to use. Whether a packet id is known is all that is ever asked, so the payload is left out, and
 * past the bound the client that has sent nothing of QoS 2 for longest is forgotten: what it sends again is news.
 * @param bound packet ids in all; a hundred thousand take some 30 MB
 * @param onForgotten is told of each client that had to make room
 */
export const patchIncoming = (aedes: Aedes, bound: number, onForgotten: (client: string) => void): void => {
  const store: unknown = Reflect.get(aedes, 'persistence');
  if (!isStore(store))
    throw new Error('this version of Aedes has no cleanIncoming; see broker/mqtt/patches/incoming-qos2.ts');
  const put = store.incomingStorePacket.bind(store);
  const remove = store.incomingDelPacket.bind(store);
  const clean = store.cleanIncoming.bind(store);
  /** Packet ids by client, the one that was quiet for longest first. */
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
    const [quietest] = waiting.keys();
    if (size <= bound || quietest === undefined) return;
    onForgotten(quietest);
    await forget(quietest);
  };

  store.incomingDelPacket = async (client, packet) => {
    await remove(client, packet);
    const ids = waiting.get(client.id);
    if (ids?.delete(packet.messageId ?? 0) !== true) return;
    size -= 1;
    if (ids.size === 0) await forget(client.id);
  };
};
