/** Aedes without patches: a test that fails shows that a patch of a connection is needed no more. */
import type { Client } from 'aedes';
import { expect, test } from 'vitest';
import { bareAedes, connected, connectionTo, subscribe } from './bare-aedes.ts';
import { limitOf } from '#broker/mqtt/patches/limit-errors.ts';
import { connectPacket, publishPacket } from '#test/support/clients/raw-mqtt.ts';
import { eventually } from '#test/support/eventually.ts';

test('closing: a client is closed while its packets are being handled', async () => {
  const held: (() => void)[] = [];
  const aedes = await bareAedes({ authorizePublish: (_client, _packet, done) => void held.push(() => done(null)) });
  const [heard, errors]: [string[], string[]] = [[], []];
  aedes.on('publish', ({ topic }) => heard.push(topic));
  aedes.on('clientError', (_client, { message }) => errors.push(message));
  const peer = await connected(aedes);
  peer.send(publishPacket('a', 'x', { qos: 1, messageId: 1 }));
  await eventually(() => expect(held).toHaveLength(1));
  peer.far.end();
  await peer.closed();
  for (const release of held) release();
  await eventually(() => expect(errors).toContain('connection closed'));
  expect(heard).not.toContain('a');
});

test('packet-size: a header that declares 256 MiB does not close the connection before the CONNECT', async () => {
  const peer = connectionTo(await bareAedes());
  peer.write(`10 ffffff7f ${'00'.repeat(1_000_000)}`);
  const parser: unknown = Reflect.get(peer.client, '_parser');
  if (typeof parser !== 'object' || parser === null) throw new Error('no _parser');
  await eventually(() => expect(Reflect.get(parser, '_list')).toHaveProperty('length', 1_000_000));
  expect(peer.client.closed).toBe(false);
});

test('packet-size: packets after the CONNECT are dropped when the connection ends', async () => {
  const granted: (() => void)[] = [];
  const aedes = await bareAedes({ authenticate: (_c, _u, _p, done) => void granted.push(() => done(null, true)) });
  const heard: string[] = [];
  aedes.on('publish', ({ topic }) => heard.push(topic));
  const peer = connectionTo(aedes);
  peer.send(connectPacket({ clientId: 'c' }));
  peer.send(publishPacket('a', 'x', { qos: 1, messageId: 1 }));
  await eventually(() => expect(granted).toHaveLength(1));
  peer.client.conn.destroy();
  await peer.closed();
  for (const grant of granted) grant();
  expect(heard).not.toContain('a');
});

test('take-over: a client that connects while the old one is being closed is removed with it [MQTT-3.1.4-2]', async () => {
  const aedes = await bareAedes();
  const before = await connected(aedes);
  await subscribe(before, ['a', 1]);
  const unsubscribe = aedes.unsubscribe.bind(aedes);
  const held: (() => void)[] = [];
  aedes.unsubscribe = (...given) => void held.push(() => unsubscribe(...given));
  before.client.close();
  await connected(aedes, { clean: true });
  const left: Client[] = [];
  aedes.on('clientDisconnect', (client) => left.push(client));
  for (const release of held) release();
  await eventually(() => expect(left).toHaveLength(1));
  expect(Reflect.get(Reflect.get(aedes, 'clients'), 'c')).toBeUndefined();
});

const messageOf = async (act: (sent: (bytes: string) => void) => void, isConnected = true): Promise<string> => {
  const aedes = await bareAedes({ connectTimeout: 50, maxTopicLevels: 2, maxInflightInbound: 1 });
  const { promise, resolve } = Promise.withResolvers<string>();
  aedes.on('clientError', (_client, { message }) => resolve(message));
  aedes.on('connectionError', (_client, { message }) => resolve(message));
  const peer = isConnected ? await connected(aedes) : connectionTo(aedes);
  act(peer.write);
  return promise;
};

test.for([
  ['connect-timeout', '', false],
  ['malformed', 'c0 00', false],
  ['malformed', '32 05 0000 0001 78', true],
  ['malformed', '32 06 0001 2b 0001 78', true],
  ['malformed', '32 06 0001 23 0001 78', true],
  ['topic-levels', '32 0a 0005 612f622f63 0001 78', true],
  ['releases', '34 06 0001 61 0001 78 34 06 0001 61 0002 78', true],
] as const)(
  'limit-errors: %s is known by the text of the error alone, for %s',
  async ([reason, bytes, isConnected]) => {
    expect(limitOf({ message: await messageOf((write) => write(bytes), isConnected) })).toBe(reason);
  },
);

test('at-least-once: each PUBACK is written by itself, in three pieces', async () => {
  const held: (() => void)[] = [];
  const aedes = await bareAedes({ authorizePublish: (_client, _packet, done) => void held.push(() => done(null)) });
  const peer = await connected(aedes);
  const pieces: unknown[] = [];
  const write = peer.client.conn.write.bind(peer.client.conn);
  peer.client.conn.write = (piece: Buffer) => {
    pieces.push(piece);
    return write(piece);
  };
  for (const messageId of [1, 2]) peer.send(publishPacket('a', 'x', { qos: 1, messageId }));
  await eventually(() => expect(held).toHaveLength(2));
  for (const release of held) release();
  await peer.expect('puback', 2);
  expect(pieces).toHaveLength(6);
});
