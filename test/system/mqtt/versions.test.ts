import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import mqtt5 from 'mqtt';
import * as mqtt4 from 'mqtt4';
import { describe, expect, onTestFinished, test } from 'vitest';
import { secretOf, type TestBroker, testBroker } from '#test/support/servers/broker.ts';
import { brokerMetric } from '#test/support/clients/broker-metric.ts';
import { eventually } from '#test/support/eventually.ts';
import { connectPacket, publishPacket } from '#test/support/clients/raw-mqtt.ts';
import { linkTo } from '#test/support/servers/socket-broker.ts';
import { bytesOf, connectBytes, sends } from './wire.ts';

/** Publishes with MQTT 5, as far as a client gets, and gives what it says. */
type Publish5 = (port: number, secret: string) => Promise<string>;

const MOSQUITTO = '/usr/bin/mosquitto_pub';

const byMosquitto: Publish5 = async (port, secret) => {
  const login = ['-h', '127.0.0.1', '-p', String(port), '-u', 'river-01', '-P', secret, '-i', 'river-01'];
  const reading = ['-V', 'mqttv5', '-t', 'v1/river-01/readings', '-m', 'x', '-q', '1'];
  try {
    await promisify(execFile)(MOSQUITTO, [...login, ...reading]);
    return 'published';
  } catch (error) {
    return String(error);
  }
};

const byLibrary =
  (library: typeof mqtt5 | typeof mqtt4): Publish5 =>
  async (port, password) => {
    const options = { username: 'river-01', password, clientId: 'river-01', reconnectPeriod: 0 } as const;
    const client = library.connect(`mqtt://127.0.0.1:${port}`, { ...options, protocolVersion: 5 });
    onTestFinished(() => void client.end(true));
    return new Promise((resolve) => {
      client.on('connect', () => resolve('connected'));
      client.on('error', ({ message }: Error) => resolve(message));
    });
  };

const CLIENTS: readonly (readonly [name: string, publish: Publish5, says: RegExp])[] = [
  ['MQTT.js 5', byLibrary(mqtt5), /Unacceptable protocol version/],
  ['MQTT.js 4', byLibrary(mqtt4), /Unacceptable protocol version/],
  ...(existsSync(MOSQUITTO) ? [['mosquitto_pub', byMosquitto, /Unsupported Protocol Version/] as const] : []),
];

const refused = (at: TestBroker): Promise<number> =>
  brokerMetric(at, 'klawing_broker_refused_total{reason="protocol-level"}');

const told = ({ log }: TestBroker) => log.lines.filter(({ event }) => event === 'refused').map(({ fields }) => fields);

const others = async ({ broker }: TestBroker) => {
  const { otherVersions } = await linkTo(broker.socketPath).health();
  return otherVersions.map(({ sender, level }) => `${sender} ${level}`);
};

const helloOf5 = (password: string): Buffer =>
  bytesOf(connectPacket({ clientId: 'river-01', username: 'river-01', password, protocolVersion: 5 }));

describe.for(CLIENTS)('%s with MQTT 5', ([, publish, says]) => {
  test('is refused and says so, does not go on with MQTT 3.1.1 by itself, and is counted and told by device', async () => {
    const at = await testBroker();
    expect(await publish(at.broker.mqttPort, secretOf('river-01'))).toMatch(says);
    await eventually(async () => expect(await refused(at)).toBe(1));
    expect(told(at)).toMatchObject([
      { reason: 'protocol-level', level: 5, device: 'river-01', client: 'river-01', address: '127.0.0.1' },
    ]);
    expect(await others(at)).toEqual(['river-01 5']);
    expect(at.journal.entries.map(({ kind }) => kind)).toEqual(['broker-started']);
  });
});

describe('a CONNECT of a version that is not spoken', () => {
  test('names a device once its secret was right, until it comes with one that is', async () => {
    const at = await testBroker();
    await (await sends(helloOf5('wrong'), at)).closed();
    expect(told(at)).toMatchObject([{ reason: 'protocol-level', level: 5, user: 'river-01' }]);
    expect(told(at)[0]).not.toHaveProperty('device');
    expect(await others(at)).toEqual([]);
    await (await sends(helloOf5(secretOf('river-01')), at)).closed();
    expect(await others(at)).toEqual(['river-01 5']);
    await at.raw('river-01');
    expect(await others(at)).toEqual([]);
    expect(await refused(at)).toBe(2);
  });

  test('has none of the packets behind it served, and they are counted by device', async () => {
    const at = await testBroker();
    const reading = bytesOf(publishPacket('v1/river-01/readings', 'x'));
    const client = await sends(Buffer.concat([helloOf5(secretOf('river-01')), reading, reading]), at);
    await client.closed();
    expect(client.received).toMatchObject([{ cmd: 'connack', returnCode: 1 }]);
    await eventually(async () => {
      expect(await brokerMetric(at, 'klawing_broker_unserved_packets_total{came="whole"}')).toBe(2);
    });
    const unserved = at.log.lines.find(({ event }) => event === 'unserved');
    expect(unserved?.fields).toMatchObject({ device: 'river-01', packets: 2 });
    expect(at.journal.entries.map(({ kind }) => kind)).toEqual(['broker-started']);
  });

  test('that nobody knows is counted by the same name, and not as malformed', async () => {
    const at = await testBroker();
    const client = await sends(connectBytes({ level: 6 }), at);
    expect(await client.expect('connack')).toMatchObject([{ returnCode: 1 }]);
    await client.closed();
    expect(await refused(at)).toBe(1);
    expect(await brokerMetric(at, 'klawing_broker_refused_total{reason="malformed"}')).toBe(0);
  });
});
