import { connect } from 'node:net';
import { generate } from 'mqtt-packet';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { type TestBroker, secretOf, testBroker } from '#test/support/servers/broker.ts';
import { connectPacket, publishPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { oneWithin } from '#test/support/one-within.ts';
import { seconds } from '#model/base/duration.ts';

const reasons = ({ log }: Pick<TestBroker, 'log'>): unknown[] =>
  log.lines.map(({ fields }) => fields['reason'] ?? fields['limit']).filter((name) => name !== undefined);

const READINGS = 'v1/river-01/readings';

describe('connections', () => {
  test('of one address are limited, and another is accepted when one has closed', async () => {
    const at = await testBroker({ limits: { connectionsPerAddress: 2, exemptLoopback: false } });
    const first = await at.raw('river-01');
    await at.raw('air-07');
    await rawMqtt(at.broker.mqttPort).closed();
    expect(reasons(at)).toEqual(['connections-per-address']);
    first.socket.destroy();
    await eventually(() => expect(at.journal.entries.some(({ kind }) => kind === 'disconnected')).toBe(true));
    await at.raw('river-01');
  });

  test('of loopback are not counted by address unless it is set', async () => {
    const at = await testBroker({ limits: { connectionsPerAddress: 1, newPerSecondPerAddress: 0.1 } });
    await at.raw('river-01');
    await at.raw('air-07');
    expect(reasons(at)).toEqual([]);
  });

  test.for([
    ['connection-rate', { newPerSecond: 0.1, newBurst: '30s' }],
    ['connection-rate-per-address', { newPerSecondPerAddress: 0.1, newBurst: '30s', exemptLoopback: false }],
  ] as const)('that come too fast are turned away before they say anything: %s', async ([reason, limits]) => {
    const at = await testBroker({ limits });
    for (let i = 0; i < 3; i += 1) await rawAnswered(at.broker.mqttPort);
    await rawMqtt(at.broker.mqttPort).closed();
    expect(reasons(at)).toEqual([reason]);
  });

  test('are counted before the WebSocket handshake as well', async () => {
    const at = await testBroker({ limits: { connectionsPerAddress: 1, exemptLoopback: false } });
    await at.raw('river-01');
    const socket = connect(at.broker.wsPort, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    let isClosed = false;
    socket.on('close', () => (isClosed = true));
    await eventually(() => expect(isClosed).toBe(true));
  });
});

describe('what a client names', () => {
  test('is a client id of so many bytes at most, also where anyone may come', async () => {
    const at = await testBroker({ access: 'open', limits: { clientIdBytes: 64 } });
    const client = rawMqtt(at.broker.mqttPort);
    client.send(connectPacket({ clientId: 'é'.repeat(33) }));
    expect((await client.expect('connack'))[0]).toMatchObject({ returnCode: 2 });
    expect(reasons(at)).toEqual(['client-id-length']);
  });

  test('is a topic of so many bytes at most: in a publish, a will and a filter', async () => {
    const at = await testBroker({ access: 'open', limits: { topicBytes: 40 } });
    const long = 't'.repeat(41);
    const willed = rawMqtt(at.broker.mqttPort);
    willed.send(connectPacket({ clientId: 'w', will: { topic: long, payload: 'x' } }));
    expect((await willed.expect('connack'))[0]).toMatchObject({ returnCode: 5 });
    const client = await at.raw('someone');
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [long, 'short'].map((topic) => ({ topic, qos: 0 })) });
    expect((await client.expect('suback'))[0]).toMatchObject({ granted: [128, 0] });
    client.send(publishPacket(long, 'x', { qos: 1, messageId: 2 }));
    await client.closed();
    expect(reasons(at)[0]).toBe('topic-length');
  });

  test('is a topic of so many levels at most', async () => {
    const at = await testBroker({ access: 'open', limits: { topicLevels: 3 } });
    const client = await at.raw('someone');
    client.send(publishPacket('a/b/c/d', 'x', { qos: 1, messageId: 1 }));
    await client.closed();
    expect(reasons(at)).toEqual(['topic-levels']);
  });
});

describe('what a client may hold', () => {
  test('is so many filters at most, and one more when it gives one up', async () => {
    const at = await testBroker({ limits: { filtersPerConnection: 2 } });
    const client = await at.raw('river-01');
    const filters = ['v1/river-01/config', 'v1/river-01/commands/a', 'v1/river-01/commands/b'];
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: filters.map((topic) => ({ topic, qos: 1 })) });
    expect((await client.expect('suback'))[0]).toMatchObject({ granted: [1, 1, 128] });
    expect(reasons(at)).toEqual(['subscriptions']);
    client.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: filters.slice(0, 1) });
    await client.expect('unsuback');
    client.send({ cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: filters[2] ?? '', qos: 1 }] });
    expect((await client.expect('suback', 2))[1]).toMatchObject({ granted: [1] });
  });

  test('is so many packets of QoS 2 before their PUBREL at most', async () => {
    const at = await testBroker({ access: 'open', limits: { releasesPerClient: 2 } });
    const client = await at.raw('someone');
    for (const messageId of [1, 2]) client.send(publishPacket('a', 'x', { qos: 2, messageId }));
    await client.expect('pubrec', 2);
    client.send(publishPacket('a', 'x', { qos: 2, messageId: 3 }));
    await client.closed();
    expect(reasons(at)).toEqual(['releases']);
  });

  test('is a CONNECT of so many bytes at most', async () => {
    const at = await testBroker({ limits: { connectBytes: '100' } });
    const client = rawMqtt(at.broker.mqttPort);
    client.send(connectPacket({ clientId: 'river-01', username: 'river-01', password: 'x'.repeat(100) }));
    await client.closed();
    expect(reasons(at)).toEqual(['connect-too-large']);
  });
});

describe('a client that asks for', () => {
  const asking = (at: TestBroker, keepalive: number) => {
    const client = rawMqtt(at.broker.mqttPort);
    const packet = connectPacket({ clientId: 'river-01', username: 'river-01', password: secretOf('river-01') });
    const bytes = generate(packet);
    // the keepalive of section 3.1.2.10
    bytes.writeUInt16BE(keepalive, 10);
    client.write(bytes);
    return client;
  };

  test('no keepalive is cut when it is silent for one and a half times the longest', async () => {
    const at = await testBroker({ limits: { keepaliveLeast: '1s', keepaliveMost: '1s' } });
    const client = asking(at, 0);
    await client.expect('connack');
    await client.closed();
    expect(reasons(at)).toContain('keepalive');
  });

  test('a keepalive of a second is not cut before one and a half times the shortest, and then it is', async () => {
    const at = await testBroker({ limits: { keepaliveLeast: '2s' } });
    await oneWithin(
      seconds(4.5),
      () => performance.now(),
      async (from) => {
        const client = asking(at, 1);
        await client.expect('connack');
        await client.closed();
        expect(performance.now() - from).toBeGreaterThan(2_900);
      },
    );
    expect(at.log.lines.find(({ fields }) => fields['limit'] === 'keepalive')?.fields).toMatchObject({
      asked: 1,
      given: 2,
    });
  });
});

describe('a device over its rate', () => {
  /** Sends as fast as it can, and gives how long it took until all is acknowledged, in ms. */
  const flood = async (at: TestBroker, count: number, bytes: number) => {
    const device = await at.raw('river-01');
    const from = performance.now();
    const payload = Buffer.alloc(bytes, 65);
    for (let i = 1; i <= count; i += 1) device.send(publishPacket(READINGS, payload, { qos: 1, messageId: i }));
    return { device, from };
  };

  test('in messages is read later, in order, without loss, and stays connected', async () => {
    const at = await testBroker({ limits: { messagesPerSecond: 100, burst: '1s' } });
    const { device, from } = await flood(at, 600, 300);
    const other = await at.raw('air-07');
    other.send(publishPacket('v1/air-07/readings', 'x', { qos: 1, messageId: 1 }));
    await other.expect('puback');
    // the other device is answered long before all of the flood is: it has a rate of its own
    expect(device.received.filter(({ cmd }) => cmd === 'puback').length).toBeLessThan(600);
    const acknowledged = await device.expect('puback', 600);
    expect(performance.now() - from).toBeGreaterThan(1_000);
    expect(acknowledged.map(({ messageId }) => messageId)).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
    expect(at.journal.entries.filter(({ sender, kind }) => sender === 'river-01' && kind === 'readings')).toHaveLength(
      600,
    );
    expect(reasons(at)).toContain('device-messages');
    device.send({ cmd: 'pingreq' });
    await device.expect('pingresp');
  });

  test('in bytes is read later as well', async () => {
    const at = await testBroker({ limits: { bytesPerSecond: '64KiB', burst: '1s' } });
    const { device, from } = await flood(at, 70, 4_096);
    await device.expect('puback', 70);
    expect(performance.now() - from).toBeGreaterThan(1_000);
    expect(reasons(at)).toContain('device-bytes');
  });

  test('has saved up nothing by connecting again, and shares its rate among its connections', async () => {
    const at = await testBroker({ limits: { messagesPerSecond: 100, burst: '1s' } });
    const { device, from } = await flood(at, 150, 10);
    await device.expect('puback', 1);
    device.socket.destroy();
    const again = await at.raw('river-01', { clientId: 'river-01.again' });
    for (let i = 1; i <= 100; i += 1) again.send(publishPacket(READINGS, 'x', { qos: 1, messageId: i }));
    await again.expect('puback', 100);
    expect(performance.now() - from).toBeGreaterThan(500);
  });
});

describe('while the disk is behind', () => {
  test('nothing more is read than the bound, no link is cut, and all of it comes when it is back', async () => {
    const at = await testBroker({ limits: { inFlightBytes: '32KiB' } });
    const device = await at.raw('river-01');
    const late = await at.raw('air-07');
    at.journal.hold();
    const payload = Buffer.alloc(8_000, 65);
    for (let i = 1; i <= 100; i += 1) device.send(publishPacket(READINGS, payload, { qos: 1, messageId: i }));
    await eventually(() => expect(at.journal.pending()).toBeGreaterThan(3));
    late.send(publishPacket('v1/air-07/readings', 'x', { qos: 1, messageId: 1 }));
    await eventually(() => expect(reasons(at)).toContain('in-flight'));
    expect(at.journal.pending()).toBeLessThan(12);
    expect([device.isClosed(), late.isClosed()]).toEqual([false, false]);
    at.journal.release();
    await device.expect('puback', 100);
    await late.expect('puback');
    expect(at.journal.entries.filter(({ kind }) => kind === 'readings')).toHaveLength(101);
  });

  test('small packets count with what they take in memory, not with their few bytes', async () => {
    const at = await testBroker({ limits: { inFlightBytes: '256KiB' } });
    const device = await at.raw('river-01');
    const late = await at.raw('air-07');
    at.journal.hold();
    // in one piece, for of a connection that waits for answers nothing more is read
    const ids = Array.from({ length: 200 }, (_, i) => i + 1);
    device.write(Buffer.concat(ids.map((messageId) => generate(publishPacket(READINGS, 'x', { qos: 1, messageId })))));
    await eventually(() => expect(at.journal.pending()).toBeGreaterThanOrEqual(200));
    late.send(publishPacket('v1/air-07/readings', 'x', { qos: 1, messageId: 1 }));
    await eventually(() => expect(reasons(at)).toContain('in-flight'));
    at.journal.release();
    await device.expect('puback', 200);
    await late.expect('puback');
  });
});

describe('retained messages', () => {
  const retain = (at: TestBroker, topics: readonly string[], bytes: number) =>
    eventually(async () => {
      const sender = await at.client('someone', { clientId: 'sender' });
      for (const topic of topics) await sender.publishAsync(topic, 'x'.repeat(bytes), { qos: 1, retain: true });
      const seen: string[] = [];
      const listener = await at.client('someone', { clientId: 'listener' });
      listener.on('message', (topic) => seen.push(topic));
      await listener.subscribeAsync('#');
      await sender.publishAsync('end', 'x', { qos: 1 });
      await eventually(() => expect(seen).toContain('end'));
      return seen.filter((topic) => topic !== 'end');
    });

  test.for([
    ['in number', { retainedMessages: 2 }, 10],
    ['in size', { retainedBytes: 2_500, retainedMessageBytes: 2_500 }, 1_000],
  ] as const)('are as many as the bound %s, and the rest is delivered and not kept', async ([, limits, bytes]) => {
    const at = await testBroker({ access: 'open', limits });
    expect(await retain(at, ['a', 'b', 'c', 'd'], bytes)).toEqual(['a', 'b']);
    expect(reasons(at)).toContain('retained');
  });

  test('are each of so many bytes at most', async () => {
    const at = await testBroker({ access: 'open', limits: { retainedMessageBytes: '999' } });
    expect(await retain(at, ['a'], 1_000)).toEqual([]);
    expect(await retain(at, ['a'], 999)).toEqual(['a']);
    expect(reasons(at)).toContain('retained-size');
  });
});

/** A connection that was let in: it lives until a good CONNECT was answered. */
const rawAnswered = async (port: number): Promise<void> => {
  const client = rawMqtt(port);
  client.send(connectPacket({ clientId: 'river-01', username: 'river-01', password: secretOf('river-01') }));
  await client.expect('connack');
};
