import { generate } from 'mqtt-packet';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { anonymousMegabytes } from '#bench/report/usage.ts';
import { OPERATOR_TOKEN, secretOf, type TestBroker, testBroker } from '#test/support/servers/broker.ts';
import { brokerMetric } from '#test/support/clients/broker-metric.ts';
import { eventually } from '#test/support/eventually.ts';
import {
  type RawConnect,
  type RawMqtt,
  connectPacket,
  publishPacket,
  rawMqtt,
} from '#test/support/clients/raw-mqtt.ts';
import { testService } from '#test/support/servers/service.ts';
import { oneWithin } from '#test/support/one-within.ts';
import { seconds } from '#model/base/duration.ts';

const READINGS = 'v1/river-01/readings';
const MIB = 2 ** 20;

const toldOf = ({ log }: TestBroker, event: string) =>
  log.lines.filter((line) => line.event === event).map(({ fields }) => fields);

/** All of a large PUBLISH but its last byte. */
const halfPublish = (bytes: number, topic = READINGS): Buffer =>
  generate(publishPacket(topic, Buffer.alloc(bytes, 65))).subarray(0, -1);

const helloOf = (device: string, clientId = device): RawConnect => ({
  clientId,
  username: device,
  password: secretOf(device),
});

const opened = (clients: readonly RawMqtt[]): number => clients.filter((client) => !client.isClosed()).length;

/** Publishes beside all that goes on, and has it acknowledged within two seconds. */
const isServed = (live: RawMqtt): Promise<void> =>
  oneWithin(
    seconds(2),
    () => live.received.filter(({ cmd }) => cmd === 'puback').length + 1,
    async (messageId) => {
      live.send(publishPacket('v1/air-07/readings', `${messageId}`, { qos: 1, messageId }));
      await live.expect('puback', messageId);
    },
  );

describe('the connections of one identity', () => {
  test('are at most 16: the one with the longest silence is closed for a new one, counted and logged', async () => {
    const at = await testBroker();
    const clients: RawMqtt[] = [];
    for (let i = 0; i < 16; i += 1) clients.push(await at.raw('river-01', { clientId: `river-01.${i}` }));
    // the first one was silent for longest until now
    clients[0]?.send({ cmd: 'pingreq' });
    await clients[0]?.expect('pingresp');
    clients.push(await at.raw('river-01', { clientId: 'river-01.last' }));
    await clients[1]?.closed();
    expect(opened(clients)).toBe(16);
    expect(await brokerMetric(at, 'klawing_broker_refused_total{reason="connections-per-identity"}')).toBe(1);
    expect(toldOf(at, 'refused')).toMatchObject([
      { reason: 'connections-per-identity', device: 'river-01', client: 'river-01.1', address: '127.0.0.1' },
    ]);
    for (const client of [clients[0], clients.at(-1)]) {
      client?.send(publishPacket(READINGS, 'x', { qos: 1, messageId: 1 }));
      await client?.expect('puback');
    }
  });

  test('are as many as is set, and one that takes the client id of another counts once', async () => {
    const at = await testBroker({ limits: { connectionsPerIdentity: 2 } });
    const first = await at.raw('river-01', { clientId: 'river-01.a' });
    const before = await at.raw('river-01', { clientId: 'river-01.b' });
    await at.raw('river-01', { clientId: 'river-01.b' });
    await before.closed();
    first.send({ cmd: 'pingreq' });
    await first.expect('pingresp');
    expect(await brokerMetric(at, 'klawing_broker_connections')).toBe(2);
    expect(toldOf(at, 'refused')).toEqual([]);
  });

  test('are limited alike for a device, a gateway and the operator, each for itself', async () => {
    const at = await testBroker({ limits: { connectionsPerIdentity: 1 } });
    at.credentials.add('gate-1', secretOf('gate-1'), { kind: 'plain' });
    at.credentials.refresh();
    const firsts = await Promise.all([
      at.raw('river-01'),
      at.raw('gate-1'),
      at.raw('operator', { password: OPERATOR_TOKEN }),
    ]);
    expect(opened(firsts)).toBe(3);
    await at.raw('river-01', { clientId: 'river-01.2' });
    await at.raw('gate-1', { clientId: 'gate-1.2' });
    await at.raw('operator', { clientId: 'operator-2', password: OPERATOR_TOKEN });
    for (const first of firsts) await first.closed();
    expect(await brokerMetric(at, 'klawing_broker_connections')).toBe(3);
  });

  test('are not bounded where anyone may come', async () => {
    const at = await testBroker({ access: 'open', limits: { connectionsPerIdentity: 1 } });
    const clients = await Promise.all(['a', 'b', 'c'].map((clientId) => at.raw(clientId)));
    expect(opened(clients)).toBe(3);
  });
});

describe('half-sent packets', () => {
  test('of one device hold 16 of them at most, in the figure of the broker and in its memory', async () => {
    const service = await testService();
    await service.ready();
    await service.addStation('PBG-R01', 'river');
    const secrets = [await service.addDevice('river-01', 'PBG-R01'), await service.addDevice('air-07', 'PBG-R01')];
    const dial = (clientId: string, username: string, password = ''): RawMqtt => {
      const client = rawMqtt(service.ports.mqtt);
      client.send(connectPacket({ clientId, username, password }));
      return client;
    };
    const live = dial('air-07', 'air-07', secrets[1]);
    await live.expect('connack');
    const pid = service.pidUnderUp('broker') ?? 0;
    const figure = async (name: string): Promise<number> => {
      const text = await (await service.get('/metrics')).text();
      return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
    };
    const before = anonymousMegabytes(pid);
    const clients: RawMqtt[] = [];
    for (let i = 0; i < 300; i += 1) {
      const client = dial(`river-01.${i}`, 'river-01', secrets[0]);
      clients.push(client);
      await client.expect('connack');
      client.write(halfPublish(900 * 1_024));
      if (i % 50 === 0) await isServed(live);
    }
    await eventually(async () => expect(await figure('klawing_broker_unfinished_packets')).toBe(16));
    expect(opened(clients)).toBe(16);
    expect(await figure('klawing_broker_unfinished_bytes')).toBeLessThan(17 * MIB);
    // of 276 MB that were sent; what is garbage by now is collected when V8 sees fit
    expect(anonymousMegabytes(pid) - before).toBeLessThan(120);
    await isServed(live);
  });

  test('of many devices hold no more than the bound, and those that bring nothing are cut first', async () => {
    const devices = Array.from({ length: 40 }, (_, i) => `idle-${i}`);
    const at = await testBroker({ maxPacketBytes: '64KiB', limits: { inFlightBytes: '1500KiB' } }, [
      ...devices,
      'air-07',
    ]);
    const live = await at.raw('air-07');
    const honest = halfPublish(50_000, 'v1/air-07/readings/slow');
    live.write(honest.subarray(0, 20_000));
    const clients: RawMqtt[] = [];
    for (const device of devices) {
      const client = await at.raw(device);
      clients.push(client);
      client.write(halfPublish(40_000, `v1/${device}/readings`));
      const sent = 20_000 + clients.length * 100;
      live.write(honest.subarray(sent - 100, sent));
      await eventually(async () => {
        const taken = await brokerMetric(at, 'klawing_broker_unfinished_bytes');
        expect(taken).toBeLessThanOrEqual(500 * 1_024);
        expect(taken).toBeGreaterThan(40_000);
      });
    }
    expect(opened(clients)).toBeLessThan(14);
    expect(toldOf(at, 'refused')[0]).toMatchObject({ reason: 'unfinished', device: expect.stringMatching(/^idle-/) });
    expect(live.isClosed()).toBe(false);
    live.write(honest.subarray(24_000));
    live.write(Buffer.from('A'));
    await eventually(() => expect(at.journal.entries.some(({ sender }) => sender === 'air-07')).toBe(true));
  });

  test('before a CONNECT is whole count too', async () => {
    const at = await testBroker({ maxPacketBytes: '64KiB', limits: { inFlightBytes: '1500KiB' } });
    const live = await at.raw('air-07');
    const will = { topic: 'v1/river-01/status', payload: 'x'.repeat(40_000) };
    const half = generate(connectPacket({ ...helloOf('river-01'), will })).subarray(0, -1);
    const clients = Array.from({ length: 60 }, () => rawMqtt(at.broker.mqttPort));
    for (const client of clients) client.write(half);
    await eventually(() => expect(opened(clients)).toBeLessThan(14));
    expect(await brokerMetric(at, 'klawing_broker_unfinished_bytes')).toBeLessThanOrEqual(500 * 1_024);
    expect(toldOf(at, 'refused')[0]).toMatchObject({ reason: 'unfinished', address: '127.0.0.1' });
    await isServed(live);
  });

  test('that come byte by byte count with what each piece takes', async () => {
    const at = await testBroker();
    const device = await at.raw('river-01');
    const half = halfPublish(300);
    for (const [i, byte] of half.entries()) {
      device.write(Buffer.from([byte]));
      await eventually(async () => {
        if (i % 50 === 49) expect(await brokerMetric(at, 'klawing_broker_unfinished_bytes')).toBeGreaterThan(i);
      });
    }
    await eventually(async () => {
      expect(await brokerMetric(at, 'klawing_broker_unfinished_bytes')).toBeGreaterThan(half.length + 5 * 800);
    });
    device.write(Buffer.from('A'));
    await eventually(async () => expect(await brokerMetric(at, 'klawing_broker_unfinished_bytes')).toBe(0));
    expect(at.journal.entries.some(({ kind }) => kind === 'readings')).toBe(true);
  });

  test('are forgotten when their connection is closed', async () => {
    const at = await testBroker();
    const device = await at.raw('river-01');
    device.write(halfPublish(1_000));
    await eventually(async () => expect(await brokerMetric(at, 'klawing_broker_unfinished_packets')).toBe(1));
    device.socket.destroy();
    await eventually(async () => expect(await brokerMetric(at, 'klawing_broker_unfinished_packets')).toBe(0));
    expect(await brokerMetric(at, 'klawing_broker_unfinished_bytes')).toBe(0);
  });

  test.for([false, true])(
    'in WebSocket frames count as well, also before a CONNECT (in fragments: %s)',
    async (inParts) => {
      const at = await testBroker({ limits: { packetTimeout: '1s' } });
      const socket = new WebSocket(`ws://127.0.0.1:${at.broker.wsPort}/mqtt`, 'mqtt');
      onTestFinished(() => socket.terminate());
      let isClosed = false;
      socket.on('error', () => undefined).on('close', () => (isClosed = true));
      await eventually(() => expect(socket.readyState).toBe(WebSocket.OPEN));
      if (inParts) {
        socket.send(Buffer.alloc(100_000), { fin: false });
      } else {
        // the header of a masked frame of a million bytes, and a tenth of it
        const header = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x40, 0, 0, 0, 0]);
        const beneath: unknown = Reflect.get(socket, '_socket');
        if (typeof beneath !== 'object' || beneath === null) throw new Error('the WebSocket has no socket');
        Reflect.apply(Reflect.get(beneath, 'write'), beneath, [Buffer.concat([header, Buffer.alloc(100_000)])]);
      }
      await eventually(async () => {
        expect(await brokerMetric(at, 'klawing_broker_unfinished_bytes')).toBeGreaterThan(100_000);
      });
      await eventually(() => expect(isClosed).toBe(true));
      expect(toldOf(at, 'refused')).toMatchObject([{ reason: 'packet-timeout', address: '127.0.0.1' }]);
      expect(await brokerMetric(at, 'klawing_broker_unfinished_bytes')).toBe(0);
    },
  );
});

describe('a packet that is not whole in time', () => {
  test('closes its connection, however often a byte comes, and what came before it is served', async () => {
    const at = await testBroker({ limits: { packetTimeout: '1s' } });
    const device = await at.raw('river-01');
    const half = halfPublish(5_000);
    device.write(Buffer.concat([generate(publishPacket(READINGS, 'before')), half.subarray(0, 100)]));
    let next = 100;
    await eventually(() => {
      device.write(half.subarray(next, (next += 1)));
      expect(device.isClosed()).toBe(true);
    });
    expect(toldOf(at, 'refused')).toMatchObject([{ reason: 'packet-timeout', device: 'river-01' }]);
    const readings = at.journal.entries.filter(({ kind }) => kind === 'readings');
    expect(readings.map(({ payload }) => String(payload))).toEqual(['before']);
  });

  test('is no matter while the broker itself reads nothing', async () => {
    const at = await testBroker({ limits: { packetTimeout: '1s', inFlightBytes: '32KiB' } });
    const device = await at.raw('river-01');
    const other = await at.raw('air-07');
    at.journal.hold();
    const filler = publishPacket('v1/air-07/readings', Buffer.alloc(40_000), { qos: 1, messageId: 1 });
    device.write(halfPublish(100));
    await eventually(async () => expect(await brokerMetric(at, 'klawing_broker_unfinished_packets')).toBe(1));
    other.send(filler);
    await eventually(() => expect(at.journal.pending()).toBeGreaterThan(0));
    const from = performance.now();
    device.write(Buffer.from('A'));
    await eventually(() => expect(performance.now() - from).toBeGreaterThan(2_500));
    expect(device.isClosed()).toBe(false);
    at.journal.release();
    await eventually(() => expect(at.journal.entries.filter(({ kind }) => kind === 'readings')).toHaveLength(2));
    expect(toldOf(at, 'refused')).toEqual([]);
  });
});
