import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#model/base/clock.ts';
import { Secret } from '#model/base/secret.ts';
import { startJournalWriter } from '#journal/write/writer.ts';
import { openJournalReader } from '#journal/read/reader.ts';
import { JournalSettings } from '#journal/settings.ts';
import { startBroker } from '#broker/main.ts';
import { BrokerSettings } from '#broker/settings.ts';
import { eventually } from '#test/support/eventually.ts';
import { secretOf, testBroker } from '#test/support/servers/broker.ts';
import { memoryCredentials } from '#test/support/fakes/memory-credentials.ts';
import { connectPacket, publishPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const DEVICES = ['a', 'b', 'c', 'd'];

const realBroker = async (folder: string) => {
  const deps = { clock: systemClock, log: silentLog() };
  const journal = await startJournalWriter(join(folder, 'journal'), JournalSettings.parse({}), deps);
  const settings = BrokerSettings.parse({ mqttPort: 0, wsPort: 0 });
  const broker = await startBroker(settings, {
    ...deps,
    journal,
    credentials: memoryCredentials(Object.fromEntries(DEVICES.map((device) => [device, secretOf(device)]))),
    socketPath: join(folder, 'broker.sock'),
    operatorToken: new Secret('token'),
  });
  onTestFinished(async () => {
    await broker.stop();
    await journal.stop();
  });
  return { broker, journal };
};

describe('a broker that stops', () => {
  test('acknowledges what is under way, takes in no more, and may be stopped twice', async () => {
    const { broker, raw, journal } = await testBroker();
    const device = await raw('river-01');
    await eventually(() => expect(journal.pending()).toBe(0));
    journal.hold();
    device.send(publishPacket('v1/river-01/readings', 'under way', { qos: 1, messageId: 1 }));
    await eventually(() => expect(journal.pending()).toBe(1));
    const stopped = Promise.all([broker.stop(), broker.stop()]);
    device.send(publishPacket('v1/river-01/readings', 'too late', { qos: 1, messageId: 2 }));
    device.send({ cmd: 'pingreq' });
    await device.expect('pingresp');
    journal.release();
    await stopped;
    await device.closed();
    expect(device.received.filter(({ cmd }) => cmd === 'puback')).toMatchObject([{ messageId: 1 }]);
    expect(journal.entries.filter(({ kind }) => kind === 'readings')).toHaveLength(1);
    await rawMqtt(broker.mqttPort).closed();
  });

  test('logs every packet of QoS 0 that comes too late, because it is not sent again', async () => {
    const { broker, raw, journal, log } = await testBroker();
    const device = await raw('river-01');
    await eventually(() => expect(journal.pending()).toBe(0));
    journal.hold();
    device.send(publishPacket('v1/river-01/readings', 'under way', { qos: 1, messageId: 1 }));
    await eventually(() => expect(journal.pending()).toBe(1));
    const stopped = broker.stop();
    device.send(publishPacket('v1/river-01/readings', 'too late', { qos: 0 }));
    await eventually(() => {
      const told = log.lines.filter(({ event }) => event === 'unserved').map(({ fields }) => fields);
      expect(told).toMatchObject([{ device: 'river-01', packets: 1 }]);
    });
    journal.release();
    await stopped;
  });

  test('answers what is under way of one that has said that it sends no more', async () => {
    const { broker, raw, journal } = await testBroker();
    const device = await raw('river-01');
    await eventually(() => expect(journal.pending()).toBe(0));
    journal.hold();
    for (const messageId of [1, 2, 3]) {
      device.send(publishPacket('v1/river-01/readings', 'under way', { qos: 1, messageId }));
    }
    device.send({ cmd: 'disconnect' });
    await eventually(() => expect(journal.pending()).toBe(3));
    const stopped = broker.stop();
    journal.release();
    await stopped;
    await device.closed();
    expect(device.received.filter(({ cmd }) => cmd === 'puback')).toHaveLength(3);
  });

  test('publishes no wills: it is the broker that leaves, not its devices', async () => {
    const { broker, raw, journal } = await testBroker();
    await raw('river-01', { will: { topic: 'v1/river-01/status', payload: 'offline', qos: 1 } });
    await broker.stop();
    expect(journal.entries.map(({ kind }) => kind)).toEqual(['broker-started', 'connected']);
  });

  test('under load has every acknowledged packet in its journal on disk, once', async () => {
    const folder = tempFolder();
    const { broker, journal } = await realBroker(folder);
    const clients = DEVICES.map((device) => {
      const client = rawMqtt(broker.mqttPort);
      client.send(connectPacket({ clientId: device, username: device, password: secretOf(device) }));
      return { device, client };
    });
    await Promise.all(clients.map(({ client }) => client.expect('connack')));
    for (const { device, client } of clients) {
      for (let messageId = 1; messageId <= 5_000; messageId += 1) {
        client.send(publishPacket(`v1/${device}/readings`, `${device} ${messageId}`, { qos: 1, messageId }));
      }
    }
    await Promise.all(clients.map(({ client }) => client.expect('puback', 100)));
    await broker.stop();
    await journal.stop();
    await Promise.all(clients.map(({ client }) => client.closed()));

    const reader = await openJournalReader(join(folder, 'journal'), { clock: systemClock });
    onTestFinished(() => reader.stop());
    const { entries } = await reader.read(0, { entries: 100_000, bytes: 2 ** 28 });
    const kept = entries
      .filter(({ kind }) => kind === 'readings')
      .map(({ payload }) => Buffer.from(payload).toString());
    const acknowledged = clients.flatMap(({ device, client }) =>
      client.received.flatMap((packet) => (packet.cmd === 'puback' ? [`${device} ${packet.messageId}`] : [])),
    );
    expect(new Set(kept).size).toBe(kept.length);
    expect(acknowledged.length).toBeGreaterThanOrEqual(400);
    const held = new Set(kept);
    expect(acknowledged.filter((packet) => !held.has(packet))).toEqual([]);
  });
});
