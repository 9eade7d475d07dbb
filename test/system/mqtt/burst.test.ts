import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import mqtt from 'mqtt';
import { generate, type Packet } from 'mqtt-packet';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startMosquitto } from '#bench/peers/mosquitto.ts';
import { authority } from '#test/support/servers/authority.ts';
import { OPERATOR_TOKEN, secretOf, type TestBroker, testBroker } from '#test/support/servers/broker.ts';
import { brokerMetric } from '#test/support/clients/broker-metric.ts';
import { eventually } from '#test/support/eventually.ts';
import { type Leaving, oneShot, type Way, WAYS } from '#test/support/clients/one-shot.ts';
import { connectPacket, publishPacket } from '#test/support/clients/raw-mqtt.ts';

const READINGS = 'v1/river-01/readings';
const STATUS = 'v1/river-01/status';
const BYE: Packet = { cmd: 'disconnect' };

const hello = (rest: Parameters<typeof connectPacket>[0] = {}): Packet =>
  connectPacket({ clientId: 'river-01', username: 'river-01', password: secretOf('river-01'), ...rest });

const bytesOf = (...packets: readonly Packet[]): Buffer => Buffer.concat(packets.map((packet) => generate(packet)));

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i + 1}`);

const readings = (count: number, qos: 0 | 1 | 2, topic = READINGS): Packet[] =>
  numbers(count).map((payload) => publishPacket(topic, payload, { qos, messageId: Number(payload) }));

const secureBroker = () => testBroker({ tls: authority('server').issue('/CN=localhost') });

const payloadsOf = ({ journal }: TestBroker, kind: string): string[] =>
  journal.entries.filter((entry) => entry.kind === kind).map(({ payload }) => String(payload));

const unserved = async (at: TestBroker) => ({
  whole: await brokerMetric(at, 'klawing_broker_unserved_packets_total{came="whole"}'),
  unfinished: await brokerMetric(at, 'klawing_broker_unserved_packets_total{came="unfinished"}'),
});

const told = ({ log }: TestBroker, event: string) => log.lines.filter((line) => line.event === event);

/** WebSocket cannot say that no more is sent and go on reading. */
const LEAVINGS: readonly (readonly [Way, Leaving])[] = WAYS.flatMap((way) =>
  (['close', 'half-close', 'break'] as const)
    .filter((leaving) => way !== 'WebSocket' || leaving !== 'half-close')
    .map((leaving) => [way, leaving] as const),
);

describe.for(LEAVINGS)('a CONNECT with publishes behind it over %s, and then a %s', ([way, leaving]) => {
  test.for([0, 1, 2] as const)('is served whole with QoS %d, every time (section 3.1.4)', async (qos) => {
    const at = await secureBroker();
    for (let round = 1; round <= 8; round += 1) {
      oneShot(at.broker, { way, leaving, bytes: bytesOf(hello(), ...readings(3, qos)) });
      await eventually(() => expect(payloadsOf(at, 'readings')).toHaveLength(round * 3));
    }
    expect(payloadsOf(at, 'readings')).toEqual(Array.from({ length: 8 }, () => numbers(3)).flat());
    await eventually(async () => expect(await brokerMetric(at, 'klawing_broker_connections')).toBe(0));
    expect(payloadsOf(at, 'disconnected')).toHaveLength(8);
    expect(await unserved(at)).toEqual({ whole: 0, unfinished: 0 });
  });

  test('is served with a DISCONNECT at its end, which takes the will away', async () => {
    const at = await secureBroker();
    const will = { topic: STATUS, payload: 'offline', qos: 1, retain: true } as const;
    for (const qos of [0, 1, 2] as const) {
      oneShot(at.broker, { way, leaving, bytes: bytesOf(hello({ will }), ...readings(3, qos), BYE) });
      await eventually(() => expect(payloadsOf(at, 'disconnected')).toHaveLength(qos + 1));
    }
    expect(payloadsOf(at, 'readings')).toHaveLength(9);
    expect(payloadsOf(at, 'will')).toEqual([]);
  });

  test('without one is served, and then its will is published', async () => {
    const at = await secureBroker();
    const will = { topic: STATUS, payload: 'offline', qos: 1, retain: true } as const;
    oneShot(at.broker, { way, leaving, bytes: bytesOf(hello({ will }), ...readings(3, 1)) });
    await eventually(() => expect(payloadsOf(at, 'will')).toEqual(['offline']));
    const kinds = at.journal.entries.map(({ kind }) => kind);
    expect(kinds.lastIndexOf('readings')).toBeLessThan(kinds.indexOf('will'));
  });

  test('reaches those who listen, and a retained message stays', async () => {
    const at = await secureBroker();
    const listener = await at.client('operator', { password: OPERATOR_TOKEN });
    const heard: string[] = [];
    listener.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString()}`));
    await listener.subscribeAsync('v1/#', { qos: 1 });
    const online = publishPacket(STATUS, 'online', { qos: 1, messageId: 9, retain: true });
    oneShot(at.broker, { way, leaving, bytes: bytesOf(hello(), online, ...readings(2, 1)) });
    await eventually(() => expect(heard).toEqual([`${STATUS} online`, `${READINGS} 1`, `${READINGS} 2`]));
    expect(await brokerMetric(at, 'klawing_broker_retained_messages')).toBe(1);
  });

  test('is served also where the disk is slow, and has gone only then', async () => {
    const at = await secureBroker();
    at.journal.hold();
    const shot = oneShot(at.broker, { way, leaving, bytes: bytesOf(hello(), ...readings(3, 1), BYE) });
    await eventually(() => expect(at.journal.pending()).toBeGreaterThan(3));
    if (leaving !== 'half-close') await eventually(() => expect(shot.isClosed()).toBe(true));
    expect(await brokerMetric(at, 'klawing_broker_connections')).toBe(1);
    at.journal.release();
    await eventually(() => expect(at.journal.entries.at(-1)?.kind).toBe('disconnected'));
    expect(payloadsOf(at, 'readings')).toEqual(numbers(3));
    await eventually(async () => expect(await brokerMetric(at, 'klawing_broker_connections')).toBe(0));
  });

  test('has none of its publishes served where it is refused, and they are counted', async () => {
    const at = await secureBroker();
    const bytes = bytesOf(hello({ password: 'wrong' }), ...readings(3, 0), ...readings(2, 1));
    oneShot(at.broker, { way, leaving, bytes });
    await eventually(async () => expect(await unserved(at)).toEqual({ whole: 5, unfinished: 0 }));
    expect(await brokerMetric(at, 'klawing_broker_refused_total{reason="credentials"}')).toBe(1);
    const device = await at.client('river-01');
    await device.publishAsync(READINGS, 'good', { qos: 1 });
    expect(payloadsOf(at, 'readings')).toEqual(['good']);
  });

  test('has served what came whole, and of the rest it is told whose it was', async () => {
    const at = await secureBroker();
    const bytes = Buffer.concat([bytesOf(hello(), ...readings(3, 1)), bytesOf(...readings(1, 0)).subarray(0, 7)]);
    oneShot(at.broker, { way, leaving, bytes });
    await eventually(async () => expect(await unserved(at)).toEqual({ whole: 0, unfinished: 1 }));
    expect(payloadsOf(at, 'readings')).toEqual(numbers(3));
    expect(told(at, 'unserved').map(({ fields }) => fields)).toMatchObject([
      { client: 'river-01', device: 'river-01', packets: 0, unfinishedBytes: 7 },
    ]);
  });
});

describe('a client that sends a burst and says that it sends no more', () => {
  test.for(['TCP', 'TLS'] as const)('gets every answer over %s, and then the end', async (way) => {
    const at = await secureBroker();
    const bytes = bytesOf(hello(), ...readings(3, 1), { cmd: 'pingreq' }, BYE);
    const { received, isClosed } = oneShot(at.broker, { way, leaving: 'half-close', bytes });
    await eventually(() => expect(isClosed()).toBe(true));
    expect(received.map(({ cmd }) => cmd).toSorted()).toEqual(['connack', 'pingresp', 'puback', 'puback', 'puback']);
    expect(received[0]?.cmd).toBe('connack');
  });

  test('may send as much as it likes', async () => {
    const at = await testBroker();
    const count = 20_000;
    const topic = 'v1/river-01/readings/json';
    const bytes = bytesOf(hello(), ...readings(count / 2, 0, topic), ...readings(count / 2, 1, topic), BYE);
    const { received, isClosed } = oneShot(at.broker, { way: 'TCP', leaving: 'half-close', bytes });
    await eventually(() => expect(isClosed()).toBe(true));
    expect(payloadsOf(at, 'readings')).toHaveLength(count);
    expect(received.filter(({ cmd }) => cmd === 'puback')).toHaveLength(count / 2);
    expect(await unserved(at)).toEqual({ whole: 0, unfinished: 0 });
  });
});

test('a publish that is refused in a burst takes those behind it along, and they are counted', async () => {
  const at = await testBroker();
  const bytes = bytesOf(hello(), ...readings(2, 1), ...readings(1, 1, 'v1/air-07/readings'), ...readings(3, 0));
  oneShot(at.broker, { way: 'TCP', leaving: 'close', bytes });
  await eventually(async () => expect(await unserved(at)).toEqual({ whole: 3, unfinished: 0 }));
  expect(payloadsOf(at, 'readings')).toEqual(numbers(2));
  expect(told(at, 'refused').map(({ fields }) => fields)).toMatchObject([{ reason: 'publish', device: 'river-01' }]);
});

test('a packet that is refused by its first byte is no packet that nobody served', async () => {
  const at = await testBroker();
  oneShot(at.broker, { way: 'TCP', leaving: 'close', bytes: Buffer.concat([bytesOf(hello()), Buffer.from([0xc1])]) });
  await eventually(() => expect(told(at, 'refused').map(({ fields }) => fields['reason'])).toEqual(['malformed']));
  await eventually(() => expect(payloadsOf(at, 'disconnected')).toHaveLength(1));
  expect(await unserved(at)).toEqual({ whole: 0, unfinished: 0 });
});

test('a packet that is too large takes none along that came before it', async () => {
  const at = await testBroker();
  const huge = Buffer.from([0x30, 0xff, 0xff, 0x7f, 0, 1]);
  oneShot(at.broker, {
    way: 'TCP',
    leaving: 'close',
    bytes: Buffer.concat([bytesOf(hello(), ...readings(3, 0)), huge]),
  });
  await eventually(() => expect(payloadsOf(at, 'readings')).toEqual(numbers(3)));
  await eventually(() => expect(payloadsOf(at, 'disconnected')).toHaveLength(1));
  expect(told(at, 'refused').map(({ fields }) => fields)).toMatchObject([
    { reason: 'packet-too-large', device: 'river-01' },
  ]);
});

describe.skipIf(!existsSync('/usr/bin/mosquitto_pub'))('mosquitto_pub', () => {
  test('has each of its one-shot publishes of QoS 0 stored', async () => {
    const at = await testBroker();
    const login = ['-h', '127.0.0.1', '-p', `${at.broker.mqttPort}`, '-u', 'river-01', '-P', secretOf('river-01')];
    for (const payload of numbers(8)) {
      await promisify(execFile)('mosquitto_pub', [
        ...login,
        '-i',
        'river-01',
        '-t',
        READINGS,
        '-q',
        '0',
        '-m',
        payload,
      ]);
    }
    await eventually(() => expect(payloadsOf(at, 'readings')).toEqual(numbers(8)));
  });
});

test('Mosquitto serves the same bursts', async ({ skip }) => {
  const mosquitto = await startMosquitto();
  if (mosquitto === undefined) return skip('Mosquitto is not installed');
  onTestFinished(() => mosquitto.stop());
  const listener = await mqtt.connectAsync(`mqtt://127.0.0.1:${mosquitto.port}`);
  onTestFinished(() => listener.endAsync(true));
  const heard: string[] = [];
  listener.on('message', (_topic, payload) => heard.push(payload.toString()));
  await listener.subscribeAsync('#', { qos: 1 });
  for (let round = 1; round <= 8; round += 1) {
    for (const leaving of ['close', 'half-close'] as const) {
      const bytes = bytesOf(connectPacket({ clientId: leaving }), ...readings(3, 0));
      oneShot({ mqttPort: mosquitto.port }, { way: 'TCP', leaving, bytes });
    }
    await eventually(() => expect(heard).toHaveLength(round * 6));
  }
});
