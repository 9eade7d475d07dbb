import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { generate, parser } from 'mqtt-packet';
import { createWebSocketStream, WebSocket } from 'ws';
import { describe, expect, test } from 'vitest';
import { authority } from '#test/support/servers/authority.ts';
import { secretOf, type TestBroker, testBroker } from '#test/support/servers/broker.ts';
import { brokerMetric } from '#test/support/clients/broker-metric.ts';
import { oneShot, type Way, WAYS } from '#test/support/clients/one-shot.ts';
import { eventually } from '#test/support/eventually.ts';
import { connectPacket, publishPacket } from '#test/support/clients/raw-mqtt.ts';
import { atEnd } from '#test/support/processes/at-end.ts';

const READINGS = 'v1/river-01/readings';
const ROUNDS = 10;
const PUBLISHERS = 3;

const hello = (): Buffer =>
  generate(connectPacket({ clientId: 'river-01', username: 'river-01', password: secretOf('river-01') }));

const publish = (payload: string, qos: 0 | 1): Buffer =>
  generate(publishPacket(READINGS, payload, { qos, messageId: 1 }));

const dial = ({ broker }: TestBroker, way: Way): Duplex => {
  if (way === 'WebSocket') return createWebSocketStream(new WebSocket(`ws://127.0.0.1:${broker.wsPort}/mqtt`, 'mqtt'));
  const port = (way === 'TCP' ? broker.mqttPort : broker.tlsPort) ?? 0;
  const tcp = connectTcp({ host: '127.0.0.1', port, allowHalfOpen: true });
  return way === 'TCP' ? tcp : connectTls({ socket: tcp, rejectUnauthorized: false });
};

/** Connects, publishes after the CONNACK and closes. Gives whether the publish was written. */
const publishOnce = (at: TestBroker, way: Way, bytes: Buffer): Promise<boolean> => {
  const connection = dial(at, way);
  atEnd(() => void connection.destroy());
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let isWritten = false;
  const incoming = parser();
  incoming.on('packet', ({ cmd }) => {
    if (cmd === 'connack') connection.end(bytes, () => void (isWritten = true));
  });
  connection.on('data', (chunk: Buffer) => void incoming.parse(chunk));
  connection.on('error', () => undefined).on('close', () => resolve(isWritten));
  connection.write(hello());
  return promise;
};

const unservedOf = (at: TestBroker): Promise<number> =>
  brokerMetric(at, 'klawing_broker_unserved_packets_total{came="whole"}');

const servedOf = ({ journal }: TestBroker): readonly string[] =>
  journal.entries.filter(({ kind }) => kind === 'readings').map(({ payload }) => String(payload));

const payloadsOf = (round: number): readonly string[] =>
  Array.from({ length: PUBLISHERS }, (_, index) => `${round}.${index}`);

describe.for(WAYS)('concurrent one-shot publishers under one client id over %s', (way) => {
  test.for([0, 1] as const)('are served with QoS %d, or counted and logged by device', async (qos) => {
    const at = await testBroker({ tls: authority('server').issue('/CN=localhost') });
    let written = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const shots = payloadsOf(round).map((payload) => publishOnce(at, way, publish(payload, qos)));
      written += (await Promise.all(shots)).filter(Boolean).length;
    }
    await eventually(async () => expect(servedOf(at).length + (await unservedOf(at))).toBe(written));
    const told = at.log.lines.filter(({ event }) => event === 'unserved').map(({ fields }) => fields);
    expect(told.length > 0).toBe((await unservedOf(at)) > 0);
    for (const fields of told) expect(fields).toMatchObject({ client: 'river-01', device: 'river-01' });
    await eventually(async () => expect(await brokerMetric(at, 'klawing_broker_connections')).toBe(0));
  });

  test.for([0, 1] as const)('that send one burst are served with QoS %d, or counted', async (qos) => {
    const at = await testBroker({ tls: authority('server').issue('/CN=localhost') });
    const sent = Array.from({ length: ROUNDS }, (_, round) => payloadsOf(round)).flat();
    for (const payload of sent) {
      oneShot(at.broker, { way, leaving: 'close', bytes: Buffer.concat([hello(), publish(payload, qos)]) });
    }
    await eventually(async () => expect(servedOf(at).length + (await unservedOf(at))).toBe(sent.length));
  });
});
