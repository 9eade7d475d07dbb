import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import mqtt from 'mqtt';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RecentRefusal } from '#model/limits/refusal.ts';
import { systemClock } from '#model/base/clock.ts';
import { authority } from '#test/support/servers/authority.ts';
import { secretOf, type TestBroker, testBroker } from '#test/support/servers/broker.ts';
import { linkTo } from '#test/support/servers/socket-broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { connectPacket, publishPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';

const run = promisify(execFile);

/** Runs a program that is refused; its own error says too little, which is why the service must. */
const fails = async (program: string, args: readonly string[]): Promise<void> => {
  await run(program, [...args]).catch(() => undefined);
};

const MOSQUITTO = '/usr/bin/mosquitto_pub';
const OPENSSL = '/usr/bin/openssl';

const refusalsOf = ({ broker }: TestBroker, name?: string): Promise<readonly RecentRefusal[]> =>
  linkTo(broker.socketPath).refusals(name);

/** Waits for one refusal of a name, and returns it. */
const refusalOf = async (at: TestBroker, name: string): Promise<RecentRefusal> => {
  await eventually(async () => expect(await refusalsOf(at, name)).toHaveLength(1));
  const [refusal] = await refusalsOf(at, name);
  if (refusal === undefined) throw new Error('there is none');
  return refusal;
};

interface Sent {
  readonly user?: string;
  readonly secret?: string;
  readonly clientId?: string;
  readonly topic?: string;
  readonly payload?: string;
  readonly more?: readonly string[];
}

const publish = async (
  at: TestBroker,
  { user = 'river-01', secret, clientId = user, topic, payload = 'x', more = [] }: Sent,
) =>
  fails(
    MOSQUITTO,
    ['-h', '127.0.0.1', '-p', String(at.broker.mqttPort), '-q', '1', '-u', user, '-P', secret ?? secretOf(user)].concat(
      ['-i', clientId, '-t', topic ?? `v1/${user}/readings`, '-m', payload],
      more,
    ),
  );

describe.skipIf(!existsSync(MOSQUITTO))('a refused mosquitto_pub is found by its name, with time and address', () => {
  const CASES: readonly (readonly [cause: RecentRefusal['cause'], sent: Sent])[] = [
    ['secret', { secret: 'wrong' }],
    ['client-id', { clientId: 'air-07' }],
    ['topic', { topic: 'v1/air-07/readings' }],
    ['sparkplug', { topic: 'spBv1.0/dlh/DDATA/edge-1/river-01' }],
    ['sparkplug', { more: ['--will-topic', 'spBv1.0/dlh/NDEATH/edge-1', '--will-payload', 'x'] }],
    ['mqtt-version', { more: ['-V', 'mqttv5'] }],
    ['will', { more: ['--will-topic', 'v1/air-07/status', '--will-payload', 'x'] }],
  ];
  test.for(CASES)('%s', async ([cause, sent]) => {
    const at = await testBroker();
    const before = systemClock.now();
    await publish(at, sent);
    const refusal = await refusalOf(at, 'river-01');
    expect(refusal).toMatchObject({ cause, name: 'river-01', registered: true, address: '127.0.0.1' });
    expect(refusal.at).toBeGreaterThanOrEqual(before);
    expect(refusal.at).toBeLessThanOrEqual(systemClock.now());
  });

  test('a name that is not registered', async () => {
    const at = await testBroker();
    await publish(at, { user: 'rievr-01', secret: 'any' });
    await publish(at, { user: 'rievr-01', secret: 'any' });
    expect(await refusalOf(at, 'rievr-01')).toMatchObject({ cause: 'unregistered', registered: false, count: 2 });
  });

  test('a device that needs a certificate', async () => {
    const at = await testBroker();
    at.credentials.add('river-02', secretOf('river-02'), { isCertificateOnly: true });
    at.credentials.refresh();
    await publish(at, { user: 'river-02' });
    expect(await refusalOf(at, 'river-02')).toMatchObject({ cause: 'certificate-missing' });
  });

  test('a packet that is too large', async () => {
    const at = await testBroker({ maxPacketBytes: 1_024, limits: { connectBytes: 1_024 } });
    await publish(at, { payload: 'x'.repeat(2_000) });
    expect(await refusalOf(at, 'river-01')).toMatchObject({ cause: 'too-large' });
  });
});

describe.skipIf(!existsSync(OPENSSL))('a client that mixes up the ports', () => {
  test('with TLS on the plain port is found by its address, also by the name that came from there', async () => {
    const at = await testBroker();
    await (await at.client('river-01')).endAsync();
    await fails(OPENSSL, ['s_client', '-connect', `127.0.0.1:${at.broker.mqttPort}`]);
    expect(await refusalOf(at, 'river-01')).toMatchObject({ cause: 'tls-on-plain-port', address: '127.0.0.1' });
    const client = mqtt.connect(`mqtts://127.0.0.1:${at.broker.mqttPort}`, { reconnectPeriod: 0 });
    onTestFinished(() => void client.end(true));
    client.on('error', () => undefined);
    await eventually(async () => expect(await refusalsOf(at, 'river-01')).toMatchObject([{ count: 2 }]));
  });

  test('without TLS on the TLS port is found by its address', async () => {
    const at = await testBroker({ tls: authority('klawing-devices').issue('/CN=localhost') });
    const client = rawMqtt(at.broker.tlsPort ?? 0);
    client.send(connectPacket({ clientId: 'river-01', username: 'river-01', password: secretOf('river-01') }));
    await client.closed();
    await eventually(async () => {
      expect(await refusalsOf(at)).toMatchObject([{ cause: 'tls', address: '127.0.0.1', registered: false }]);
    });
  });
});

describe('a connected device', () => {
  test('whose client id another connection takes over', async () => {
    const at = await testBroker();
    await at.client('river-01');
    await at.client('river-01');
    expect(await refusalOf(at, 'river-01')).toMatchObject({
      cause: 'taken-over',
      client: 'river-01',
      detail: 'by 127.0.0.1',
    });
  });

  test('that sends faster than its rate', async () => {
    const at = await testBroker({ limits: { messagesPerSecond: 50, burst: '1s' } });
    const client = await at.raw('river-01');
    for (let id = 1; id <= 500; id += 1) {
      client.send(publishPacket('v1/river-01/readings', 'x', { qos: 1, messageId: id }));
    }
    expect(await refusalOf(at, 'river-01')).toMatchObject({ cause: 'rate', address: '127.0.0.1' });
  });

  test('that subscribes to what it may not read', async () => {
    const at = await testBroker();
    const client = await at.client('river-01');
    await client.subscribeAsync('v1/air-07/commands/#').catch(() => undefined);
    expect(await refusalOf(at, 'river-01')).toMatchObject({ cause: 'filter', address: '127.0.0.1' });
  });
});

describe('a flood of names', () => {
  test('leaves a bounded number, and those of registered names', async () => {
    const at = await testBroker();
    const wrong = rawMqtt(at.broker.mqttPort);
    wrong.send(connectPacket({ clientId: 'river-01', username: 'river-01', password: 'wrong' }));
    await wrong.closed();
    for (let round = 0; round < 10; round += 1) {
      const strangers = Array.from({ length: 30 }, (_, i) => {
        const client = rawMqtt(at.broker.mqttPort);
        client.send(connectPacket({ clientId: 'x', username: `\u202Estranger-${round}-${i}`, password: 'x' }));
        return client.closed();
      });
      await Promise.all(strangers);
    }
    const all = await refusalsOf(at);
    expect(all).toHaveLength(1 + 50);
    expect(all.filter(({ name }) => name?.includes('\u202E') === true)).toEqual([]);
    expect(await refusalsOf(at, 'river-01')).toMatchObject([{ cause: 'secret' }]);
    expect(await refusalsOf(at, '\\u202estranger-9-29')).toHaveLength(1);
  });
});
