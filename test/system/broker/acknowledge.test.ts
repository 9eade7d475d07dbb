import { describe, expect, test } from 'vitest';
import { readConnected } from '#model/readings/connected.ts';
import { connectPacket, publishPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { eventually } from '#test/support/eventually.ts';
import { testBroker } from '#test/support/servers/broker.ts';

const TOPIC = 'v1/river-01/readings';

const idsOf = (packets: readonly { readonly messageId?: number }[]): (number | undefined)[] =>
  packets.map(({ messageId }) => messageId);

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('acknowledgements', () => {
  test('come in the order in which a client published [MQTT-4.6.0-2]', async () => {
    const { raw } = await testBroker();
    const device = await raw('river-01');
    for (const messageId of range(200)) device.send(publishPacket(TOPIC, `${messageId}`, { qos: 1, messageId }));
    expect(idsOf(await device.expect('puback', 200))).toEqual(range(200));
  });

  test.for([
    { qos: 1, answer: 'puback' },
    { qos: 2, answer: 'pubrec' },
  ] as const)('of QoS $qos wait for the sync', async ({ qos, answer }) => {
    const { raw, journal } = await testBroker();
    const device = await raw('river-01');
    await eventually(() => expect(journal.pending()).toBe(0));
    journal.hold();
    device.send(publishPacket(TOPIC, 'held', { qos, messageId: 7 }));
    await eventually(() => expect(journal.pending()).toBe(1));
    expect(device.received.filter(({ cmd }) => cmd === answer)).toEqual([]);
    journal.release();
    expect(idsOf(await device.expect(answer))).toEqual([7]);
    expect(journal.entries.at(-1)).toMatchObject({ kind: 'readings', sender: 'river-01', topic: TOPIC, qos });
  });

  test('are not given for a sync that failed: the connection closes, and others live on [MQTT-4.8.0-2]', async () => {
    const { raw, journal } = await testBroker();
    const unlucky = await raw('river-01');
    const other = await raw('air-07');
    await eventually(() => expect(journal.entries).toHaveLength(3));
    journal.hold();
    unlucky.send(publishPacket(TOPIC, 'lost', { qos: 1, messageId: 1 }));
    await eventually(() => expect(journal.pending()).toBe(1));
    journal.fail('JOURNAL_WRITE_FAILED');
    await unlucky.closed();
    expect(unlucky.received.some(({ cmd }) => cmd === 'puback')).toBe(false);
    journal.release();
    other.send(publishPacket('v1/air-07/readings', 'fine', { qos: 1, messageId: 2 }));
    expect(idsOf(await other.expect('puback'))).toEqual([2]);
  });

  test('are not given by a full journal: QoS 1 closes its connection, QoS 0 is dropped and stays', async () => {
    const { raw, journal, log } = await testBroker();
    const trustedClock = await raw('river-01');
    const careless = await raw('air-07');
    await eventually(() => expect(journal.entries).toHaveLength(3));
    journal.fill();
    careless.send(publishPacket('v1/air-07/readings', 'dropped'));
    careless.send({ cmd: 'pingreq' });
    await careless.expect('pingresp');
    trustedClock.send(publishPacket(TOPIC, 'not taken', { qos: 1, messageId: 1 }));
    await trustedClock.closed();
    expect(trustedClock.received.some(({ cmd }) => cmd === 'puback')).toBe(false);
    expect(log.lines.map(({ fields }) => fields['code'])).toContain('JOURNAL_FULL');
    journal.room();
    careless.send(publishPacket('v1/air-07/readings', 'kept', { qos: 1, messageId: 2 }));
    await careless.expect('puback');
    expect(careless.isClosed()).toBe(false);
  });

  test('do not hold back QoS 0: its connection goes on while nothing is synced', async () => {
    const { raw, journal } = await testBroker();
    const device = await raw('river-01');
    await eventually(() => expect(journal.pending()).toBe(0));
    journal.hold();
    device.send(publishPacket(TOPIC, 'unpromised'));
    device.send({ cmd: 'pingreq' });
    await device.expect('pingresp');
    journal.release();
    await eventually(() => expect(journal.entries.at(-1)).toMatchObject({ qos: 0, packetId: 0 }));
  });

  test('follow each transmission of QoS 2, and the journal keeps every one with its DUP bit', async () => {
    const { raw, journal } = await testBroker();
    const device = await raw('river-01');
    device.send(publishPacket(TOPIC, 'twice', { qos: 2, messageId: 9 }));
    await device.expect('pubrec');
    device.send(publishPacket(TOPIC, 'twice', { qos: 2, messageId: 9, dup: true }));
    await device.expect('pubrec', 2);
    device.send({ cmd: 'pubrel', messageId: 9 });
    await device.expect('pubcomp');
    const kept = journal.entries.filter(({ kind }) => kind === 'readings');
    expect(kept.map(({ dup, packetId }) => ({ dup, packetId }))).toEqual([
      { dup: false, packetId: 9 },
      { dup: true, packetId: 9 },
    ]);
  });

  test('keep the bytes as they came, whatever they are', async () => {
    const { client, journal } = await testBroker();
    const device = await client('river-01');
    const payload = Buffer.from([0, 255, 10, 0, 128, 34]);
    await device.publishAsync(`${TOPIC}/cbor`, payload, { qos: 1 });
    expect(journal.entries.at(-1)).toMatchObject({ topic: `${TOPIC}/cbor`, kind: 'readings' });
    expect(Buffer.from(journal.entries.at(-1)?.payload ?? [])).toEqual(payload);
  });
});

describe('presence', () => {
  test('journals the start, each connection and its end, before and after its packets', async () => {
    const { client, journal, broker } = await testBroker();
    const first = await client('river-01');
    await first.publishAsync(TOPIC, 'one', { qos: 1 });
    await first.endAsync();
    await eventually(() => expect(journal.entries.at(-1)?.kind).toBe('disconnected'));
    await client('river-01');
    await eventually(() => expect(journal.entries).toHaveLength(5));
    expect(journal.entries.map(({ kind, sender, connection }) => [kind, sender, connection])).toEqual([
      ['broker-started', '', 0],
      ['connected', 'river-01', 1],
      ['readings', 'river-01', 1],
      ['disconnected', 'river-01', 1],
      ['connected', 'river-01', 2],
    ]);
    await broker.stop();
    expect(journal.entries).toHaveLength(5);
  });

  test('journals for each connection whether its session is persistent', async () => {
    const { raw, journal } = await testBroker();
    await raw('river-01', { clean: true });
    await raw('river-01', { clean: false, clientId: 'river-01.logger' });
    await eventually(() => expect(journal.entries).toHaveLength(3));
    expect(journal.entries.slice(1).map(({ payload }) => readConnected(payload))).toEqual([
      { clientId: 'river-01', isKept: false },
      { clientId: 'river-01.logger', isKept: true },
    ]);
    // as a broker of before wrote it
    expect(readConnected(Buffer.from('river-01'))).toEqual({ clientId: 'river-01', isKept: false });
  });

  test('gives a take-over its own number, and the will the number of the connection that it belongs to', async () => {
    const { raw, journal } = await testBroker();
    const will = { topic: 'v1/river-01/status', payload: 'offline', qos: 1, retain: true } as const;
    const old = await raw('river-01', { will });
    await raw('river-01', { will });
    await old.closed();
    await eventually(() => expect(journal.entries.some(({ kind }) => kind === 'will')).toBe(true));
    const told = journal.entries.map(({ kind, connection }) => `${kind} ${connection}`);
    expect(told).toContain('will 1');
    expect(told).toContain('connected 2');
    await eventually(() => expect(journal.entries.some(({ kind }) => kind === 'disconnected')).toBe(true));
  });

  test('journals a will when a device is lost, not when it disconnects', async () => {
    const { raw, journal } = await testBroker();
    const will = { topic: 'v1/river-01/status', payload: 'offline', qos: 1 } as const;
    const polite = await raw('river-01', { will });
    polite.send({ cmd: 'disconnect' });
    await polite.closed();
    const lost = await raw('river-01', { will });
    lost.socket.destroy();
    await eventually(() => expect(journal.entries.filter(({ kind }) => kind === 'will')).toHaveLength(1));
    expect(journal.entries.find(({ kind }) => kind === 'will')).toMatchObject({ connection: 2, sender: 'river-01' });
  });

  test('does not fail a connect when the journal is full', async () => {
    const { raw, journal } = await testBroker();
    journal.fill();
    const device = await raw('river-01');
    device.send({ cmd: 'pingreq' });
    await device.expect('pingresp');
  });
});

describe('a CONNECT with publishes right behind it', () => {
  test('has them all journaled and acknowledged', async () => {
    const { broker, journal } = await testBroker();
    const device = rawMqtt(broker.mqttPort);
    device.send(connectPacket({ clientId: 'river-01', username: 'river-01', password: 'secret-of-river-01' }));
    for (const messageId of range(300)) device.send(publishPacket(TOPIC, 'x', { qos: 1, messageId }));
    expect(idsOf(await device.expect('puback', 300))).toEqual(range(300));
    expect(journal.entries.filter(({ kind }) => kind === 'readings')).toHaveLength(300);
  });
});
