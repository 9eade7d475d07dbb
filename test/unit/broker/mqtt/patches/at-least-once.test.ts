import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes';
import type { Packet } from 'mqtt-packet';
import { expect, onTestFinished, test } from 'vitest';
import { type PublishLane, servePublishes } from '#broker/mqtt/patches/at-least-once.ts';
import { connectPacket } from '#test/support/clients/raw-mqtt.ts';
import { eventually } from '#test/support/eventually.ts';
import { openConnection } from '#test/support/servers/aedes-peer.ts';

type Answer = Parameters<NonNullable<AedesOptions['authorizePublish']>>[2];

interface Held {
  readonly lane: PublishLane;
  readonly client: Client;
  /** Answers of the hook that are withheld, in the order of the publishes. */
  readonly answers: Answer[];
  readonly writes: Buffer[];
  readonly routed: string[];
  /** Packets that the far end has received. */
  readonly received: readonly Packet[];
}

const publish = (messageId: number, more: Partial<PublishPacket> = {}): PublishPacket => ({
  cmd: 'publish',
  topic: 'v1/a/readings',
  payload: Buffer.from(String(messageId)),
  qos: 1,
  dup: false,
  retain: false,
  messageId,
  ...more,
});

/** A client of an Aedes whose hook withholds its answers. */
const held = async (): Promise<Held> => {
  const answers: Answer[] = [];
  const routed: string[] = [];
  const aedes = await Aedes.createBroker({
    drainTimeout: 60_000,
    authorizePublish: (_client, _packet, answer) => void answers.push(answer),
  });
  onTestFinished(() => new Promise((resolve) => aedes.close(() => resolve())));
  const serve = servePublishes(aedes);
  aedes.on('publish', ({ topic, payload }, from) => {
    if (from !== null) routed.push(`${topic} ${payload.toString()}`);
  });
  const { client, near, received, send } = openConnection(aedes);
  send(connectPacket({ clientId: 'a' }));
  await eventually(() => {
    expect(received.map(({ cmd }) => cmd)).toEqual(['connack']);
    expect([client.connected, Reflect.get(client, 'connackSent')]).toEqual([true, true]);
  });
  const writes: Buffer[] = [];
  const write = near.write.bind(near);
  near.write = (chunk: unknown) => {
    if (!Buffer.isBuffer(chunk)) throw new Error('not a buffer');
    writes.push(chunk);
    return write(chunk);
  };
  return { lane: serve(client), client, answers, writes, routed, received };
};

/** Two turns of the event loop: the second one is behind everything that was due. */
const nextTurn = async (): Promise<void> => {
  // oxlint-disable-next-line no-restricted-globals -- a turn of the event loop, which is not a time
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
};

const acknowledged = (received: readonly Packet[]): readonly (number | undefined)[] =>
  received.filter(({ cmd }) => cmd === 'puback').map(({ messageId }) => messageId);

test('the acknowledgements of one group leave in one write, in the order of the publishes', async () => {
  const { lane, answers, writes, received, routed } = await held();
  for (let id = 1; id <= 20; id += 1) expect(lane.take(publish(id))).toBe(true);
  expect(answers).toHaveLength(20);
  for (const answer of answers) answer(null);
  await eventually(() => expect(acknowledged(received)).toHaveLength(20));
  expect(acknowledged(received)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(writes).toHaveLength(1);
  await eventually(() => expect(routed).toHaveLength(20));
});

test('a refused publish closes the connection and is neither acknowledged nor routed', async () => {
  const { lane, client, answers, received, routed } = await held();
  lane.take(publish(1));
  answers[0]?.(new Error('not allowed'));
  await eventually(() => expect(client.closed).toBe(true));
  expect(acknowledged(received)).toEqual([]);
  expect(routed).toEqual([]);
});

test('an answer after the end of the connection writes nothing', async () => {
  const { lane, client, answers, writes } = await held();
  lane.take(publish(1));
  await new Promise<void>((resolve) => client.close(() => resolve()));
  answers[0]?.(null);
  await nextTurn();
  expect(writes).toEqual([]);
});

test('a client that does not read its acknowledgements is served again after it has read them', async () => {
  const { lane, client, answers, routed } = await held();
  const write = client.conn.write.bind(client.conn);
  let isFull = true;
  client.conn.write = (chunk: Buffer) => write(chunk) && !isFull;
  lane.take(publish(1));
  answers[0]?.(null);
  await nextTurn();
  expect(routed).toEqual([]);
  isFull = false;
  client.conn.emit('drain');
  await eventually(() => expect(routed).toEqual(['v1/a/readings 1']));
});

test.each([
  ['QoS 0', publish(0, { qos: 0 })],
  ['QoS 2', publish(1, { qos: 2 })],
  ['an empty topic', publish(1, { topic: '' })],
  ['a topic with a wildcard', publish(1, { topic: 'v1/+/readings' })],
  ['a topic with too many levels', publish(1, { topic: 'a/'.repeat(200) })],
])('%s is left to Aedes', async (_name, packet) => {
  const { lane, answers } = await held();
  expect(lane.take(packet)).toBe(false);
  expect(answers).toEqual([]);
});
