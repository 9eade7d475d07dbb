import { connect } from 'node:net';
import { generate } from 'mqtt-packet';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startBrokerClient } from '#broker/client/broker-client.ts';
import { systemClock } from '#model/base/clock.ts';
import { type TestBroker, secretOf, testBroker } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { connectPacket, publishPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { WAIT } from '#test/support/limits.ts';

/** Number of refusals by reason; reasons without a refusal are left out. */
const refusedBy = async ({ broker }: TestBroker): Promise<Record<string, number>> => {
  const link = startBrokerClient({ socketPath: broker.socketPath, timeout: WAIT, maxCalls: 8 }, { clock: systemClock });
  const text = await link.metrics();
  await link.stop();
  const lines = text.matchAll(/^klawing_broker_refused_total\{reason="([a-z-]+)"\} (\d+)$/gm);
  return Object.fromEntries(
    [...lines].flatMap(([, reason = '', count]) => (count === '0' ? [] : [[reason, Number(count)]])),
  );
};

describe('a connection that is turned away is counted once', () => {
  test('where one read brings many packets of QoS 2 past the bound', async () => {
    const at = await testBroker({ access: 'open', limits: { releasesPerClient: 2 } });
    const client = await at.raw('someone');
    const ids = Array.from({ length: 20 }, (_, i) => i + 1);
    client.write(Buffer.concat(ids.map((messageId) => generate(publishPacket('a', 'x', { qos: 2, messageId })))));
    await client.closed();
    expect(await refusedBy(at)).toEqual({ releases: 1 });
  });

  test('where it reads nothing while many messages wait for it', async () => {
    const at = await testBroker({ drainTimeout: '1s', access: 'open' });
    const deaf = await at.raw('deaf');
    deaf.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'bulk', qos: 0 }] });
    await deaf.expect('suback');
    deaf.socket.pause();
    const sender = await at.client('sender');
    const payload = Buffer.alloc(512 * 1_024);
    await Promise.all(Array.from({ length: 40 }, () => sender.publishAsync('bulk', payload, { qos: 0 })));
    await eventually(async () => expect(await refusedBy(at)).toEqual({ 'drain-timeout': 1 }));
    await sender.publishAsync('bulk', 'x', { qos: 1 });
    expect(await refusedBy(at)).toEqual({ 'drain-timeout': 1 });
  });

  test('where another packet than CONNECT comes first', async () => {
    const at = await testBroker();
    const client = rawMqtt(at.broker.mqttPort);
    client.write(Buffer.concat([generate({ cmd: 'pingreq' }), generate({ cmd: 'pingreq' })]));
    await client.closed();
    expect(await refusedBy(at)).toEqual({ malformed: 1 });
  });

  test.for(['a/#', 'a/+/b', ''])('where it publishes to "%s", which is no topic', async (topic) => {
    const at = await testBroker({ access: 'open' });
    const client = await at.raw('someone');
    client.write(Buffer.from([0x30, 2 + topic.length, 0, topic.length, ...Buffer.from(topic)]));
    await client.closed();
    expect(await refusedBy(at)).toEqual({ malformed: 1 });
  });

  test('where a second CONNECT comes', async () => {
    const at = await testBroker();
    const client = await at.raw('river-01');
    client.send(connectPacket({ clientId: 'river-01', username: 'river-01', password: secretOf('river-01') }));
    await client.closed();
    expect(await refusedBy(at)).toEqual({ malformed: 1 });
  });

  test('where no CONNECT comes by any listener, with the address that it came from', async () => {
    const at = await testBroker({ connectTimeout: '300ms' });
    const { mqttPort, wsPort } = at.broker;
    const plain = rawMqtt(mqttPort);
    const web = new WebSocket(`ws://127.0.0.1:${wsPort}/mqtt`, 'mqtt');
    onTestFinished(() => web.close());
    await plain.closed();
    await eventually(async () => expect(await refusedBy(at)).toEqual({ 'connect-timeout': 2 }));
    const told = at.log.lines.filter(({ fields }) => fields['reason'] === 'connect-timeout');
    expect(told.length).toBeGreaterThan(0);
    for (const { fields } of told) expect(fields).toMatchObject({ address: '127.0.0.1' });
  });

  test('where it takes too long over the handshake of a WebSocket', async () => {
    const at = await testBroker({ connectTimeout: '700ms' });
    const socket = connect(at.broker.wsPort, '127.0.0.1', () => socket.write('GET /mqtt HTTP/1.1\r\n'));
    onTestFinished(() => void socket.destroy());
    let isClosed = false;
    socket.resume();
    socket.on('error', () => undefined).on('close', () => (isClosed = true));
    await eventually(() => expect(isClosed).toBe(true));
    expect(await refusedBy(at)).toEqual({ 'connect-timeout': 1 });
  });
});
