/** Aedes without patches: a test that fails shows that a patch of `broker/mqtt/patches/delivery` is needed no more. */
import { expect, test } from 'vitest';
import { bareAedes, connected, published, subscribe } from './bare-aedes.ts';
import { publishPacket } from '#test/support/clients/raw-mqtt.ts';

type Deliver = (packet: object, done: () => void) => void;

const isDeliver = (value: unknown): value is Deliver => typeof value === 'function';

test('delivery/highest-qos: a wildcard subscription with QoS 1 gets a message with QoS 2 [MQTT-3.8.4-6]', async () => {
  const aedes = await bareAedes();
  const peer = await connected(aedes);
  await subscribe(peer, ['a/+', 1]);
  await published(aedes, 'x', { qos: 2 });
  expect(await peer.expect('publish')).toMatchObject([{ qos: 2 }]);
});

test('delivery/highest-qos: of two subscriptions, the first one decides, not the highest QoS [MQTT-3.3.5-1]', async () => {
  const aedes = await bareAedes();
  const peer = await connected(aedes, { clean: true });
  await subscribe(peer, ['a/#', 0]);
  await subscribe(peer, ['a/+', 1]);
  await published(aedes, 'x');
  await published(aedes, 'y');
  expect(await peer.expect('publish', 2)).toMatchObject([{ qos: 0 }, { qos: 0 }]);
});

test('delivery/overtaken: a message that another one overtook is lost (section 4.3)', async () => {
  const aedes = await bareAedes();
  const peer = await connected(aedes, { clean: true });
  const deliver: unknown = Reflect.get(peer.client, 'deliver0');
  if (!isDeliver(deliver)) throw new Error('no deliver0');
  for (const brokerCounter of [2, 1]) {
    const packet = { ...publishPacket('a', String(brokerCounter)), brokerId: 'x', brokerCounter };
    await new Promise<void>((resolve) => deliver(packet, resolve));
  }
  await subscribe(peer, ['b', 0]);
  expect(peer.publishes().map(({ payload }) => String(payload))).toEqual(['2']);
});

test('delivery/sender-flags: the DUP flag of the publisher is forwarded [MQTT-3.3.1-3]', async () => {
  const aedes = await bareAedes();
  const peer = await connected(aedes, { clean: true });
  await subscribe(peer, ['a/b', 1]);
  await published(aedes, 'x', { dup: true });
  expect(await peer.expect('publish')).toMatchObject([{ dup: true }]);
});

test('delivery/session-order: a new message overtakes those of the session, and comes twice [MQTT-4.6.0-6]', async () => {
  const aedes = await bareAedes();
  const before = await connected(aedes);
  await subscribe(before, ['a/b', 1]);
  await before.close();
  for (let i = 0; i < 50; i += 1) await published(aedes, 'old');
  aedes.once('client', () => void published(aedes, 'new'));
  const after = await connected(aedes);
  await after.expect('publish', 52);
  const payloads = after.publishes().map(({ payload }) => String(payload));
  expect(payloads.filter((payload) => payload === 'new')).toHaveLength(2);
  expect(payloads.indexOf('new')).toBeLessThan(payloads.lastIndexOf('old'));
});

test('delivery/packet-ids: an id that waits for its PUBACK is used again [MQTT-2.3.1-4]', async () => {
  const aedes = await bareAedes();
  const peer = await connected(aedes, { clean: true });
  await subscribe(peer, ['a/b', 1]);
  for (const payload of ['x', 'y']) {
    Reflect.set(peer.client, '_nextId', 5);
    await published(aedes, payload);
  }
  expect(await peer.expect('publish', 2)).toMatchObject([{ messageId: 5 }, { messageId: 5 }]);
});

test('delivery/skip-routing: a message without subscribers is routed', async () => {
  const aedes = await bareAedes();
  const routed: unknown[] = [];
  const queue: unknown = Reflect.get(aedes, 'mq');
  if (typeof queue !== 'object' || queue === null) throw new Error('no mq');
  const emit: unknown = Reflect.get(queue, 'emit');
  if (typeof emit !== 'function') throw new Error('no mq.emit');
  Reflect.set(queue, 'emit', (packet: { readonly topic: string }, done: () => void) => {
    routed.push(packet.topic);
    Reflect.apply(emit, queue, [packet, done]);
  });
  await published(aedes, 'x', { topic: 'unheard' });
  expect(routed).toContain('unheard');
});
