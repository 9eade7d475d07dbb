import { describe, expect, test } from 'vitest';
import { secretOf, testBroker } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { connectPacket, publishPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';

const CHIRPSTACK = 'application/17c82e96-0000-4000-8000-000000000002/device';
const BEHIND = { '70b3d57ed0051a03': 'river-01' };

const withGateway = async (kind: 'chirpstack' | 'ttn' | 'plain', behind: Readonly<Record<string, string>> = BEHIND) => {
  const started = await testBroker();
  started.credentials.add('ns-1', secretOf('ns-1'), { kind }, behind);
  started.credentials.refresh();
  const sent = (): readonly string[] =>
    started.journal.entries
      .filter(({ kind: of }) => of === 'readings')
      .map(({ sender, topic }) => `${sender} ${topic}`);
  return { ...started, sent };
};

describe('a gateway on the wire', () => {
  test('of ChirpStack sends for its device, and for an unknown device in its own name, and stays connected', async () => {
    const { client, sent, journal } = await withGateway('chirpstack');
    const gateway = await client('ns-1');
    const [ours, strange] = ['70b3d57ed0051a03', '70b3d57ed0051a99'].map((eui) => `${CHIRPSTACK}/${eui}/event/up`);
    await gateway.publishAsync(ours ?? '', '{}', { qos: 1, retain: true });
    await gateway.publishAsync(strange ?? '', '{}', { qos: 1 });
    await gateway.publishAsync(`${CHIRPSTACK}/70b3d57ed0051a03/event/join`, '{}', { qos: 1 });
    expect(sent()).toEqual([`river-01 ${ours}`, `ns-1 ${strange}`]);
    const connection = journal.entries.find(
      ({ kind, sender }) => kind === 'connected' && sender === 'ns-1',
    )?.connection;
    expect(journal.entries.find(({ sender }) => sender === 'river-01')?.connection).toBe(connection);
    const [granted] = await gateway.subscribeAsync('application/+/device/+/command/+', { qos: 1 });
    expect(granted?.qos).toBe(1);
  });

  test('of The Things Stack speaks for the device that its topic names', async () => {
    const { client, sent } = await withGateway('ttn', { 'pbg-r05': 'river-01' });
    const gateway = await client('ns-1');
    await gateway.publishAsync('v3/sungai-pbg@ttn/devices/pbg-r05/up', '{}', { qos: 1 });
    expect(sent()).toEqual(['river-01 v3/sungai-pbg@ttn/devices/pbg-r05/up']);
  });

  test.for(['v1/air-07/readings', 'v1/ns-1/readings', 'v1/river-01/config', 'v1/river-01/status'])(
    'of our own kind that publishes to %s is cut, and nothing is journaled',
    async (topic) => {
      const { raw, sent } = await withGateway('plain');
      const gateway = await raw('ns-1');
      gateway.send(publishPacket('v1/river-01/readings/json', '{}', { qos: 1, messageId: 1 }));
      await gateway.expect('puback');
      gateway.send(publishPacket(topic, '{}', { qos: 1, messageId: 2 }));
      await gateway.closed();
      expect(sent()).toEqual(['river-01 v1/river-01/readings/json']);
    },
  );

  test('loses a device that is taken from it while it is connected', async () => {
    const { raw, credentials } = await withGateway('plain');
    const gateway = await raw('ns-1');
    gateway.send(publishPacket('v1/river-01/readings', '{}', { qos: 1, messageId: 1 }));
    await gateway.expect('puback');
    credentials.add('ns-1', secretOf('ns-1'), { kind: 'plain' }, {});
    credentials.refresh();
    gateway.send(publishPacket('v1/river-01/readings', '{}', { qos: 1, messageId: 2 }));
    await gateway.closed();
  });

  test('that is revoked is cut at once', async () => {
    const { raw, credentials, log } = await withGateway('chirpstack');
    const gateway = await raw('ns-1');
    credentials.revoke('ns-1');
    credentials.refresh();
    await gateway.closed();
    expect(log.lines.map(({ fields }) => fields['reason'])).toContain('revoked');
  });
});

describe('a revocation', () => {
  test('between the check of a CONNECT and the registration of its client is not missed', async () => {
    const { broker, credentials } = await testBroker();
    const match = credentials.match;
    // the registry changes right behind the check, before the engine has registered the client
    credentials.match = (id, secret) => {
      const found = match(id, secret);
      credentials.revoke('river-01');
      credentials.refresh();
      return found;
    };
    credentials.holder = () => ({ kind: 'device', isCertificateOnly: false });
    const client = rawMqtt(broker.mqttPort);
    client.send(connectPacket({ clientId: 'river-01', username: 'river-01', password: secretOf('river-01') }));
    await client.closed();
  });
});

describe('a refused CONNECT', () => {
  const TRIES = 500;

  /** Time of the quickest tenth; other work on the machine slows the rest. */
  const quick = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length / 10] ?? 0;

  test('does not distinguish an unknown user from a wrong secret, neither by its answer nor by its time', async () => {
    const { broker } = await testBroker();
    const answers = new Set<string>();
    const tryAs = async (username: string): Promise<number> => {
      const client = rawMqtt(broker.mqttPort);
      const begun = performance.now();
      const { promise, resolve } = Promise.withResolvers<number>();
      client.socket.on('close', () => resolve(performance.now() - begun));
      client.socket.on('data', (bytes) => answers.add(bytes.toString('hex')));
      client.send(connectPacket({ clientId: 'x', username, password: 'a-wrong-secret-of-16' }));
      return promise;
    };
    const [unknown, wrong]: [number[], number[]] = [[], []];
    for (let i = 0; i < TRIES; i += 1) {
      unknown.push(await tryAs('nobody-1'));
      wrong.push(await tryAs('river-01'));
    }
    expect([...answers]).toEqual(['20020004']);
    const [a, b] = [quick(unknown), quick(wrong)];
    expect(Math.abs(a - b), `quickest tenths ${a} and ${b} ms`).toBeLessThan(0.25 * Math.max(a, b));
  });

  test('is counted and logged without the secret', async () => {
    const { broker, log } = await testBroker();
    const client = rawMqtt(broker.mqttPort);
    client.send(connectPacket({ clientId: 'river-01', username: 'river-01', password: 'a-wrong-secret-of-16' }));
    await client.closed();
    await eventually(() => {
      const told = log.lines.map(({ fields }) => fields);
      expect(told).toContainEqual(expect.objectContaining({ reason: 'credentials', user: 'river-01' }));
    });
    expect(JSON.stringify(log.lines)).not.toContain('a-wrong-secret');
  });
});
