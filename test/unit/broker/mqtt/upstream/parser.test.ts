/** Aedes without patches: a test that fails shows that a patch of `broker/mqtt/patches/parser` is needed no more. */
import { expect, test } from 'vitest';
import { bareAedes, connected, connectionTo, subscribe } from './bare-aedes.ts';

/** Bytes that the standard forbids, and the packet with which Aedes answers. */
const ACCEPTED = [
  ['PUBLISH with the packet id 0 [MQTT-2.3.1-1]', '32 06 0001 61 0000 78', 'puback'],
  ['SUBSCRIBE with the packet id 0 [MQTT-2.3.1-1]', '82 06 0000 0001 61 00', 'suback'],
  ['UNSUBSCRIBE with the packet id 0 [MQTT-2.3.1-1]', 'a2 05 0000 0001 61', 'unsuback'],
  ['PUBREL with three bytes (section 3.6.1)', '62 03 0001 00', 'pubcomp'],
  ['PINGREQ with a body (section 3.12)', 'c0 01 00', 'pingresp'],
] as const;

test.for(ACCEPTED)('parser/malformed: %s is accepted', async ([, bytes, answer]) => {
  const peer = await connected(await bareAedes());
  peer.write(bytes);
  await peer.expect(answer);
});

/** CONNECT packets that the standard forbids. */
const CONNECTS = [
  ['a password without a user name [MQTT-3.1.2-22]', '10 10 0004 4d515454 04 42 003c 0001 63 0001 78'],
  ['a will of QoS 3 [MQTT-3.1.2-14]', '10 13 0004 4d515454 04 1e 003c 0001 63 0001 61 0001 78'],
  ['a will to a filter [MQTT-3.3.2-2]', '10 13 0004 4d515454 04 06 003c 0001 63 0001 23 0001 78'],
  ['fields that its flags do not declare [MQTT-3.1.2-18]', '10 10 0004 4d515454 04 02 003c 0001 63 0001 78'],
] as const;

test.for(CONNECTS)('parser/malformed: CONNECT with %s is accepted', async ([, bytes]) => {
  const peer = connectionTo(await bareAedes());
  peer.write(bytes);
  expect(await peer.expect('connack')).toMatchObject([{ returnCode: 0 }]);
});

test('parser/malformed: PUBLISH with QoS 0 and DUP is accepted [MQTT-3.3.1-2]', async () => {
  const aedes = await bareAedes();
  const heard: string[] = [];
  aedes.on('publish', ({ topic }) => heard.push(topic));
  const peer = await connected(aedes);
  peer.write('38 04 0001 61 78');
  peer.send({ cmd: 'pingreq' });
  await peer.expect('pingresp');
  expect(heard).toContain('a');
});

test('parser/granted-qos: the SUBACK repeats the QoS of the request (section 3.9.3)', async () => {
  const aedes = await bareAedes({
    authorizeSubscribe: (_client, subscription, done) => done(null, { ...subscription, qos: 0 }),
  });
  expect(await subscribe(await connected(aedes), ['a', 1])).toMatchObject({ granted: [1] });
});

test('parser/protocol-level: an unknown protocol level gets no CONNACK [MQTT-3.1.2-2]', async () => {
  const peer = connectionTo(await bareAedes());
  peer.write('10 0d 0004 4d515454 06 02 003c 0001 63');
  await peer.closed();
  expect(peer.received).toEqual([]);
});

test('parser/mqtt31-retries: a repeated SUBSCRIBE of MQTT 3.1 closes the connection', async () => {
  const peer = connectionTo(await bareAedes());
  peer.write('10 0f 0006 4d5149736470 03 02 003c 0001 63');
  await peer.expect('connack');
  peer.write('8a 06 0001 0001 61 01');
  await peer.closed();
});

test.for([
  ['U+0000 [MQTT-1.5.3-2]', '32 06 0001 00 0001 78'],
  ['a byte that is not UTF-8 [MQTT-1.5.3-1]', '32 06 0001 ff 0001 78'],
] as const)('parser/strings: a topic with %s is accepted', async ([, bytes]) => {
  const peer = await connected(await bareAedes());
  peer.write(bytes);
  await peer.expect('puback');
});

test('parser/whole-publishes: a whole publish passes through a list of buffers and several states', async () => {
  const peer = await connected(await bareAedes());
  const parser: unknown = Reflect.get(peer.client, '_parser');
  if (typeof parser !== 'object' || parser === null) throw new Error('no parser');
  const steps: string[] = [];
  for (const step of ['_parseHeader', '_parseLength', '_parsePayload', '_newPacket']) {
    const run: unknown = Reflect.get(parser, step);
    if (typeof run !== 'function') throw new Error(`no ${step}`);
    Reflect.set(parser, step, () => {
      steps.push(step);
      return Reflect.apply(run, parser, []);
    });
  }
  peer.write('32 06 0001 61 0001 78');
  await peer.expect('puback');
  expect(steps).toEqual(['_parseHeader', '_parseLength', '_parsePayload', '_newPacket']);
});
