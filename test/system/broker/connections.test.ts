import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import mqtt from 'mqtt';
import { generate } from 'mqtt-packet';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { FAULTS } from '#model/base/fault.ts';
import { eventually } from '#test/support/eventually.ts';
import { OPERATOR_TOKEN, secretOf, testBroker } from '#test/support/servers/broker.ts';
import { connectPacket, publishPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const run = promisify(execFile);
const TOO_LARGE = 2 * 2 ** 20;

/** PUBLISH whose remaining length says 2 MiB; only its first kilobyte follows. */
const hugePublish = (): Buffer => Buffer.concat([Buffer.from([0x30, 0x80, 0x80, 0x80, 0x01]), Buffer.alloc(1_024)]);
const hugeConnect = (): Buffer => Buffer.concat([Buffer.from([0x10, 0x80, 0x80, 0x80, 0x01]), Buffer.alloc(1_024)]);

describe('a CONNECT', () => {
  const connackOf = async (options: Parameters<typeof connectPacket>[0]) => {
    const { broker } = await testBroker();
    const client = rawMqtt(broker.mqttPort);
    client.send(connectPacket(options));
    const [connack] = await client.expect('connack');
    if (connack?.cmd !== 'connack') throw new Error('no CONNACK');
    if (connack.returnCode !== 0) await client.closed();
    return connack.returnCode;
  };
  const good = { clientId: 'river-01', username: 'river-01', password: secretOf('river-01') };

  test.for([
    ['the right secret', good, 0],
    ['a client id behind the device and a dot', { ...good, clientId: 'river-01.modem' }, 0],
    ['an empty client id and a clean session [MQTT-3.1.3-6]', { ...good, clientId: '' }, 0],
    ["another device's client id", { ...good, clientId: 'air-07' }, 2],
    ['a client id that only begins like the device', { ...good, clientId: 'river-011' }, 2],
    ['a wrong secret', { ...good, password: secretOf('air-07') }, 4],
    ['an unknown user', { ...good, username: 'nobody' }, 4],
    ['a user from the prototype', { ...good, username: '__proto__' }, 4],
    ['no user at all', { clientId: 'river-01' }, 4],
    ['the operator token', { clientId: 'laptop', username: 'operator', password: OPERATOR_TOKEN }, 0],
    ['a wrong operator token', { clientId: 'laptop', username: 'operator', password: 'x' }, 4],
    ['a will of its own', { ...good, will: { topic: 'v1/river-01/status', payload: 'offline' } }, 0],
    ["a will to another device's topic", { ...good, will: { topic: 'v1/air-07/status', payload: 'x' } }, 5],
    ['a will to $SYS', { ...good, will: { topic: '$SYS/x/new/clients', payload: 'air-07' } }, 5],
  ] as const)('with %s is answered as it should', async ([, options, code]) => {
    expect(await connackOf(options)).toBe(code);
  });
});

describe('a CONNECT without a client id', () => {
  test('that asks for a session to be kept is refused with code 2 [MQTT-3.1.3-8]', async () => {
    const { broker } = await testBroker();
    const client = rawMqtt(broker.mqttPort);
    const bytes = generate(connectPacket({ username: 'river-01', password: secretOf('river-01') }));
    // the library writes no such packet: take the clean session flag out of the connect flags (section 3.1.2.3)
    bytes.writeUInt8(bytes.readUInt8(9) & ~0x02, 9);
    client.write(bytes);
    expect((await client.expect('connack'))[0]).toMatchObject({ returnCode: 2 });
    await client.closed();
  });
});

describe('a publish', () => {
  test.for([
    'v1/air-07/readings',
    'v1/river-01/config',
    'v1/alerts/bridge/stage',
    '$SYS/broker/new/clients',
    'v1/river-01/readings/a/b/c/d/e/f/g/h/i/j/k',
    'v1/+/readings',
    'v1/river-01/\u0000',
  ])('to "%s" closes the connection and is not journaled', async (topic) => {
    const { raw, journal } = await testBroker();
    const device = await raw('river-01');
    device.write(publishBytes(topic));
    await device.closed();
    expect(journal.entries.some(({ kind }) => kind === 'readings')).toBe(false);
  });

  test('of mosquitto_pub is journaled, and the operator sees it with mosquitto_sub', async () => {
    const { broker, journal } = await testBroker();
    const port = String(broker.mqttPort);
    const login = (user: string, secret: string): string[] => ['-p', port, '-u', user, '-P', secret, '-i', user];
    const seen = run(
      'mosquitto_sub',
      login('operator', OPERATOR_TOKEN).concat('-t', 'v1/#', '-C', '1', '-W', '10', '-v'),
    );
    const reading = ['-t', 'v1/river-01/readings', '-m', '{"stage":2.5}', '-q', '1'];
    const publish = () => run('mosquitto_pub', login('river-01', secretOf('river-01')).concat(reading));
    let isSeen = false;
    void seen.finally(() => (isSeen = true));
    await eventually(async () => {
      await publish();
      expect(isSeen).toBe(true);
    });
    expect((await seen).stdout).toBe('v1/river-01/readings {"stage":2.5}\n');
    expect(journal.entries.find(({ kind }) => kind === 'readings')?.sender).toBe('river-01');
  });

  test('of the operator closes the connection', async () => {
    const { raw, journal } = await testBroker();
    const operator = await raw('operator', { password: OPERATOR_TOKEN });
    operator.send(publishPacket('v1/river-01/readings', 'x', { qos: 1, messageId: 1 }));
    await operator.closed();
    expect(journal.entries.some(({ kind }) => kind === 'readings')).toBe(false);
  });

  test('loses its retain flag on everything but status', async () => {
    const { client } = await testBroker();
    const device = await client('river-01');
    await device.publishAsync('v1/river-01/readings', 'r', { qos: 1, retain: true });
    await device.publishAsync('v1/river-01/commands/1/reply', 'done', { qos: 1, retain: true });
    await device.publishAsync('v1/river-01/status', 'x'.repeat(5_000), { qos: 1, retain: true });
    await device.publishAsync('v1/river-01/status', 'online', { qos: 1, retain: true });
    const operator = await client('operator', { password: OPERATOR_TOKEN });
    const seen: string[] = [];
    operator.on('message', (topic, payload, { retain }) => seen.push(`${topic} ${payload.toString()} ${retain}`));
    await operator.subscribeAsync('v1/#', { qos: 1 });
    await device.publishAsync('v1/river-01/readings', 'last', { qos: 1 });
    await eventually(() => expect(seen.at(-1)).toBe('v1/river-01/readings last false'));
    expect(seen).toEqual(['v1/river-01/status online true', 'v1/river-01/readings last false']);
  });
});

describe('a subscription', () => {
  test('is granted with QoS 1 at most, and refused with 0x80 beyond what is allowed (section 3.9.3)', async () => {
    const { raw } = await testBroker();
    const device = await raw('river-01');
    const filters = ['v1/river-01/config', 'v1/river-01/commands/#', 'v1/alerts/+/x', '#', 'v1/+/config', '$SYS/#'];
    device.send({
      cmd: 'subscribe',
      messageId: 5,
      subscriptions: filters.map((topic) => ({ topic, qos: 2 })),
    });
    const [suback] = await device.expect('suback');
    expect(suback).toMatchObject({ granted: [1, 1, 1, 128, 128, 128] });
  });

  test('that was refused is not stored for a persistent session', async () => {
    const { raw, client } = await testBroker();
    const spy = await raw('air-07', { clean: false });
    const wanted = ['v1/air-07/config', 'v1/#'].map((topic) => ({ topic, qos: 1 }) as const);
    spy.send({ cmd: 'subscribe', messageId: 1, subscriptions: wanted });
    expect((await spy.expect('suback'))[0]).toMatchObject({ granted: [1, 128] });
    spy.socket.destroy();
    const device = await client('river-01');
    await device.publishAsync('v1/river-01/readings', 'secret', { qos: 1 });
    const again = await raw('air-07', { clean: false });
    again.send({ cmd: 'pingreq' });
    await again.expect('pingresp');
    expect(again.received.filter(({ cmd }) => cmd === 'publish')).toEqual([]);
  });

  test('is one of 64 at most', async () => {
    const { raw } = await testBroker();
    const device = await raw('river-01');
    const subscriptions = Array.from({ length: 70 }, (_, i) => ({ topic: `v1/alerts/s${i}/r`, qos: 0 }) as const);
    device.send({ cmd: 'subscribe', messageId: 1, subscriptions });
    const [suback] = await device.expect('suback');
    const granted = suback?.cmd === 'suback' ? suback.granted : [];
    expect(granted.filter((code) => code === 128)).toHaveLength(6);
  });
});

describe('a packet of 2 MiB', () => {
  test('is cut at its header before CONNECT', async () => {
    const { broker, log } = await testBroker();
    const client = rawMqtt(broker.mqttPort);
    client.write(hugeConnect());
    await client.closed();
    expect(log.lines.map(({ fields }) => fields['reason'])).toEqual([undefined, 'connect-too-large']);
  });

  test('is cut at its header after CONNECT, and others live on', async () => {
    const { raw, log, journal } = await testBroker();
    const other = await raw('air-07');
    const device = await raw('river-01');
    device.write(hugePublish());
    await device.closed();
    expect(log.lines.map(({ fields }) => fields['reason'])).toContain('packet-too-large');
    other.send(publishPacket('v1/air-07/readings', 'fine', { qos: 1, messageId: 1 }));
    await other.expect('puback');
    expect(journal.entries.filter(({ kind }) => kind === 'readings')).toHaveLength(1);
  });

  test('is cut through WebSocket, in one message or in many', async () => {
    const { broker } = await testBroker();
    for (const sent of [hugeConnect(), Buffer.alloc(TOO_LARGE, 0x10)]) {
      const socket = new WebSocket(`ws://127.0.0.1:${broker.wsPort}/mqtt`, 'mqtt');
      onTestFinished(() => socket.terminate());
      let isClosed = false;
      socket.on('open', () => socket.send(sent)).on('close', () => (isClosed = true));
      socket.on('error', () => undefined);
      await eventually(() => expect(isClosed).toBe(true));
    }
  });

  test('is refused, but a payload just under 1 MiB is accepted', async () => {
    const { client, journal } = await testBroker();
    const device = await client('river-01');
    await device.publishAsync('v1/river-01/readings', Buffer.alloc(2 ** 20 - 64, 65), { qos: 1 });
    expect(journal.entries.at(-1)?.payload).toHaveLength(2 ** 20 - 64);
  });
});

describe('the listeners', () => {
  test('speak MQTT over WebSocket with the subprotocol mqtt alone [MQTT-6.0.0-3]', async () => {
    const { broker, journal } = await testBroker();
    const url = `ws://127.0.0.1:${broker.wsPort}/mqtt`;
    const device = await mqtt.connectAsync(url, {
      username: 'river-01',
      password: secretOf('river-01'),
      clientId: 'river-01',
      reconnectPeriod: 0,
    });
    await device.publishAsync('v1/river-01/readings', 'over ws', { qos: 1 });
    await device.endAsync();
    expect(journal.entries.some(({ kind }) => kind === 'readings')).toBe(true);
    const refused = async (address: string, protocol?: string) => {
      const socket = new WebSocket(address, protocol);
      const { promise, resolve } = Promise.withResolvers<string>();
      socket.on('error', ({ message }) => resolve(message));
      socket.on('open', () => resolve('open'));
      return promise;
    };
    expect(await refused(url)).toContain('401');
    expect(await refused(url, 'chat')).toContain('401');
    expect(await refused(`ws://127.0.0.1:${broker.wsPort}/other`, 'mqtt')).toContain('400');
  });

  test('name the port and its setting when it is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    const address = await eventually(() => {
      const bound = taken.address();
      if (bound === null || typeof bound === 'string') throw new Error('not bound yet');
      return bound;
    });
    await expect(testBroker({ mqttPort: address.port })).rejects.toThrow(
      `${FAULTS.PORT_IN_USE.title}: 127.0.0.1:${address.port}; stop that program or set broker.mqttPort (KLAWING_MQTT_PORT)`,
    );
  });

  test('stay on loopback unless the settings trust the network', async () => {
    await expect(testBroker({ host: '0.0.0.0' })).rejects.toThrow(/KLAWING_INSECURE=true/);
    await expect(testBroker({ host: '0.0.0.0', access: 'open', insecure: true })).rejects.toThrow(/loopback only/);
    const { broker } = await testBroker({ host: '0.0.0.0', insecure: true });
    expect(broker.mqttPort).toBeGreaterThan(0);
  });

  test('take no more connections than the bound', async () => {
    const { raw, broker, log } = await testBroker({ maxConnections: 1 });
    await raw('river-01');
    await rawMqtt(broker.mqttPort).closed();
    expect(log.lines.at(-1)?.fields).toMatchObject({ reason: 'connections' });
  });
});

describe('open access', () => {
  test('lets in anyone, passes everything on and journals readings alone', async () => {
    const { client, journal } = await testBroker({ access: 'open' });
    const listener = await client('anyone', { clientId: 'listener' });
    const seen: string[] = [];
    listener.on('message', (topic, payload) => seen.push(`${topic} ${payload.toString()}`));
    await listener.subscribeAsync('#', { qos: 2 });
    const sender = await client('someone', { clientId: 'sender' });
    await sender.publishAsync('any/topic', 'a', { qos: 2, retain: true });
    await sender.publishAsync('v1/river-01/readings', 'b', { qos: 1 });
    await eventually(() => expect(seen).toHaveLength(2));
    expect(journal.entries.map(({ kind, sender: from }) => `${kind} ${from}`)).toEqual([
      'broker-started ',
      'readings river-01',
    ]);
  });
});

/** A PUBLISH with any topic: `mqtt-packet` refuses to write some of them. */
const publishBytes = (topic: string): Buffer => {
  const name = Buffer.from(topic);
  const body = Buffer.concat([Buffer.from([name.length >> 8, name.length & 0xff]), name, Buffer.from([0, 1, 120])]);
  return Buffer.concat([Buffer.from([0x32, body.length]), body]);
};

describe('the TLS listener', () => {
  const makeCertificate = async () => {
    const folder = tempFolder();
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = [
      '-subj',
      '/CN=localhost',
      '-days',
      '1',
      '-nodes',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
    ];
    await run('openssl', ['req', '-x509', '-keyout', key, '-out', cert].concat(subject));
    return { key, cert };
  };

  test('speaks MQTT from TLS 1.2 on, while plain listeners keep to loopback', async () => {
    const { broker, journal, log } = await testBroker({ host: '0.0.0.0', tls: await makeCertificate() });
    const device = await mqtt.connectAsync(`mqtts://127.0.0.1:${broker.tlsPort}`, {
      username: 'river-01',
      password: secretOf('river-01'),
      clientId: 'river-01',
      rejectUnauthorized: false,
      reconnectPeriod: 0,
    });
    await device.publishAsync('v1/river-01/readings', 'over tls', { qos: 1 });
    await device.endAsync();
    expect(journal.entries.some(({ kind }) => kind === 'readings')).toBe(true);
    const plain = rawMqtt(broker.tlsPort ?? 0);
    plain.send(connectPacket({ clientId: 'river-01' }));
    await plain.closed();
    expect(log.lines.at(-1)?.fields).toMatchObject({ reason: 'tls' });
  });

  test('says which setting is wrong when a file cannot be read', async () => {
    const { key } = await makeCertificate();
    await expect(testBroker({ tls: { key, cert: '/nowhere.pem' } })).rejects.toThrow(/KLAWING_TLS_CERT.*nowhere\.pem/);
  });
});
