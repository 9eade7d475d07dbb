import { Aedes } from 'aedes';
import { describe, expect, onTestFinished, test } from 'vitest';
import { patchIncoming } from '#broker/mqtt/patches/sessions/incoming-qos2.ts';

interface Store {
  incomingStorePacket(client: { id: string }, packet: object): Promise<unknown>;
  incomingGetPacket(client: { id: string }, packet: object): Promise<{ readonly payload: Buffer }>;
  incomingDelPacket(client: { id: string }, packet: object): Promise<unknown>;
}

const isStore = (value: unknown): value is Store => typeof value === 'object' && value !== null;

const bounded = async (bound: number) => {
  const aedes = await Aedes.createBroker();
  onTestFinished(() => new Promise((resolve) => aedes.close(() => resolve())));
  const forgotten: string[] = [];
  patchIncoming(aedes, bound, (client) => forgotten.push(client));
  const store: unknown = Reflect.get(aedes, 'persistence');
  if (!isStore(store)) throw new Error('no persistence');
  const packet = (messageId: number) => ({ cmd: 'publish', topic: 'a', qos: 2, messageId, payload: Buffer.alloc(9) });
  const found = (id: string, messageId: number): Promise<boolean> =>
    store.incomingGetPacket({ id }, { messageId }).then(
      () => true,
      () => false,
    );
  return {
    found,
    forgotten,
    put: (id: string, messageId: number) => store.incomingStorePacket({ id }, packet(messageId)),
    release: (id: string, messageId: number) => store.incomingDelPacket({ id }, { messageId }),
    payload: async (id: string, messageId: number) => (await store.incomingGetPacket({ id }, { messageId })).payload,
  };
};

describe('the store of incoming QoS 2 messages', () => {
  test('stores packet ids without payloads', async () => {
    const store = await bounded(10);
    await store.put('a', 7);
    expect(await store.payload('a', 7)).toHaveLength(0);
    expect(await store.found('a', 8)).toBe(false);
  });

  test('deletes the ids of the client that was idle longest above the bound', async () => {
    const store = await bounded(4);
    for (const [id, messageId] of [
      ['a', 1],
      ['b', 1],
      ['b', 2],
      ['a', 2],
    ] as const)
      await store.put(id, messageId);
    await store.put('c', 1);
    const found = await Promise.all([
      store.found('a', 1),
      store.found('a', 2),
      store.found('b', 1),
      store.found('c', 1),
    ]);
    expect(found).toEqual([true, true, false, true]);
    expect(store.forgotten).toEqual(['b']);
  });

  test('does not count a released or a repeated packet id', async () => {
    const store = await bounded(2);
    await store.put('a', 1);
    for (let round = 0; round < 5; round += 1) {
      await store.put('b', 1);
      await store.put('b', 1);
      await store.release('b', 1);
    }
    expect(await store.found('a', 1)).toBe(true);
  });
});
