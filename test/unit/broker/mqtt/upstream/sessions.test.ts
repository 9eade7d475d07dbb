/** Aedes without patches: a test that fails shows that a patch of `broker/mqtt/patches/sessions` is needed no more. */
import type { Aedes } from 'aedes';
import { expect, test } from 'vitest';
import { bareAedes, connected, published, subscribe } from './bare-aedes.ts';
import { publishPacket } from '#test/support/clients/raw-mqtt.ts';

interface Store {
  subscriptionsByClient(client: { readonly id: string }): Promise<readonly { readonly topic: string }[]>;
  incomingGetPacket(client: { readonly id: string }, packet: object): Promise<{ readonly payload: Buffer }>;
  outgoingStream(client: { readonly id: string }): AsyncIterable<object>;
}

const isStore = (value: unknown): value is Store => typeof value === 'object' && value !== null;

const storeOf = (aedes: Aedes): Store => {
  const store: unknown = Reflect.get(aedes, 'persistence');
  if (!isStore(store)) throw new Error('no persistence');
  return store;
};

const waitingFor = async (aedes: Aedes, id: string): Promise<object[]> => {
  const found: object[] = [];
  for await (const packet of storeOf(aedes).outgoingStream({ id })) found.push(packet);
  return found;
};

test('sessions/refused-filters: a refused filter is stored in the persistent session [MQTT-3.9.3-1]', async () => {
  const aedes = await bareAedes({
    authorizeSubscribe: (_client, subscription, done) => done(null, subscription.topic === 'a' ? subscription : null),
  });
  const peer = await connected(aedes);
  expect(await subscribe(peer, ['a', 1], ['secret', 1])).toMatchObject({ granted: [1, 128] });
  const stored = await storeOf(aedes).subscriptionsByClient({ id: 'c' });
  expect(stored.map(({ topic }) => topic)).toEqual(['a', 'secret']);
});

test('sessions/one-copy: the session stores two copies for two subscriptions, with the flags of the sender', async () => {
  const aedes = await bareAedes();
  const peer = await connected(aedes);
  await subscribe(peer, ['a/+', 1], ['a/#', 1]);
  await peer.close();
  await published(aedes, 'x', { retain: true, dup: true });
  const copy = { retain: true, dup: true };
  expect(await waitingFor(aedes, 'c')).toMatchObject([copy, copy]);
});

test('sessions/resend: a message that is sent again has no DUP flag [MQTT-3.3.1-1]', async () => {
  const aedes = await bareAedes();
  const before = await connected(aedes);
  await subscribe(before, ['a/b', 1]);
  await published(aedes, 'x');
  await before.expect('publish');
  await before.close();
  const after = await connected(aedes);
  expect(await after.expect('publish')).toMatchObject([{ dup: false }]);
});

test('sessions/resend: a retained message without an acknowledgement is not sent again [MQTT-4.4.0-1]', async () => {
  const aedes = await bareAedes();
  await published(aedes, 'x', { retain: true });
  const before = await connected(aedes);
  await subscribe(before, ['a/b', 1]);
  await before.expect('publish');
  expect(await waitingFor(aedes, 'c')).toEqual([]);
});

test('sessions/incoming-qos2: the payload is stored after the client has disconnected', async () => {
  const aedes = await bareAedes();
  const peer = await connected(aedes);
  peer.send(publishPacket('a', 'payload', { qos: 2, messageId: 7 }));
  await peer.expect('pubrec');
  await peer.close();
  const stored = await storeOf(aedes).incomingGetPacket({ id: 'c' }, { messageId: 7 });
  expect(stored.payload.toString()).toBe('payload');
});

test('sessions/persistence: the queue of a session has no limit', async () => {
  const aedes = await bareAedes();
  const peer = await connected(aedes);
  await subscribe(peer, ['a/b', 1]);
  await peer.close();
  for (let i = 0; i < 2_000; i += 1) await published(aedes, 'x');
  expect(await waitingFor(aedes, 'c')).toHaveLength(2_000);
});
