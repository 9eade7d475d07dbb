import { describe, expect, test } from 'vitest';
import { OPERATOR_TOKEN, secretOf, testBroker } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { publishPacket } from '#test/support/clients/raw-mqtt.ts';
import { FLAG, KEPT, answered, delivered, dial, expectPayloads, openBroker, subscribe } from './wire.ts';

const retainedOf = (client: Parameters<typeof delivered>[0]) =>
  delivered(client).map(({ topic, payload, retain }) => `${topic} ${payload} ${retain}`);

describe('a retained message', () => {
  test('is sent to a new subscription with the flag, to one that stands without [MQTT-3.3.1-8] [MQTT-3.3.1-9]', async () => {
    const on = await openBroker();
    const early = await dial(on, 'early');
    await subscribe(early, { 'a/#': 0 });
    const sender = await dial(on, 'sender');
    await answered(sender, publishPacket('a/b', 'kept', { qos: 1, messageId: 1, retain: true }), 'puback');
    await eventually(() => expect(retainedOf(early)).toEqual(['a/b kept false']));
    const late = await dial(on, 'late');
    await subscribe(late, { 'a/#': 0 });
    await eventually(() => expect(retainedOf(late)).toEqual(['a/b kept true']));
  });

  test('is the last one of its topic, of every topic that a filter matches [MQTT-3.3.1-5] [MQTT-3.3.1-6]', async () => {
    const on = await openBroker();
    const sender = await dial(on, 'sender');
    for (const [i, topic] of ['a/1', 'a/2', 'a/1', 'b/1'].entries()) {
      await answered(sender, publishPacket(topic, `${i}`, { qos: 1, messageId: i + 1, retain: true }), 'puback');
    }
    const late = await dial(on, 'late');
    await subscribe(late, { 'a/+': 0 });
    await eventually(() => expect(retainedOf(late).toSorted()).toEqual(['a/1 2 true', 'a/2 1 true']));
  });

  test('is replaced by one of QoS 0 too [MQTT-3.3.1-7]', async () => {
    const on = await openBroker();
    const sender = await dial(on, 'sender');
    await answered(sender, publishPacket('a', 'old', { qos: 1, messageId: 1, retain: true }), 'puback');
    sender.send(publishPacket('a', 'new', { retain: true }));
    await answered(sender, publishPacket('b', '', { qos: 2, messageId: 2 }), 'pubrec');
    const late = await dial(on, 'late');
    await subscribe(late, { a: 0 });
    await eventually(() => expect(retainedOf(late)).toEqual(['a new true']));
  });

  test('is taken away by an empty one, which is delivered and not kept [MQTT-3.3.1-10] [MQTT-3.3.1-11]', async () => {
    const on = await openBroker();
    const early = await dial(on, 'early');
    await subscribe(early, { a: 0 });
    const sender = await dial(on, 'sender');
    await answered(sender, publishPacket('a', 'old', { qos: 1, messageId: 1, retain: true }), 'puback');
    await answered(sender, publishPacket('a', '', { qos: 2, messageId: 2, retain: true }), 'pubrec');
    await eventually(() => expect(retainedOf(early)).toEqual(['a old false', 'a  false']));
    const late = await dial(on, 'late');
    await subscribe(late, { a: 0 });
    sender.send(publishPacket('a', 'live'));
    await eventually(() => expect(retainedOf(late)).toEqual(['a live false']));
  });

  test('stays where a message without the flag comes [MQTT-3.3.1-12]', async () => {
    const on = await openBroker();
    const sender = await dial(on, 'sender');
    await answered(sender, publishPacket('a', 'kept', { qos: 1, messageId: 1, retain: true }), 'puback');
    await answered(sender, publishPacket('a', 'passing', { qos: 2, messageId: 2 }), 'pubrec');
    await answered(sender, publishPacket('a', '', { qos: 2, messageId: 3 }), 'pubrec');
    const late = await dial(on, 'late');
    await subscribe(late, { a: 0 });
    await eventually(() => expect(retainedOf(late)).toEqual(['a kept true']));
  });

  test('stays when the clean session of its sender ends [MQTT-3.1.2-7]', async () => {
    const on = await openBroker();
    const sender = await dial(on, 'sender');
    await answered(sender, publishPacket('a', 'kept', { qos: 1, messageId: 1, retain: true }), 'puback');
    sender.send({ cmd: 'disconnect' });
    await sender.closed();
    const late = await dial(on, 'late');
    await subscribe(late, { a: 0 });
    await eventually(() => expect(retainedOf(late)).toEqual(['a kept true']));
  });

  test('that waited for a session has lost the flag, for its subscription stood [MQTT-3.3.1-9]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c', KEPT);
    await subscribe(client, { a: 1 });
    client.socket.destroy();
    const sender = await dial(on, 'sender');
    await answered(sender, publishPacket('a', 'kept', { qos: 2, messageId: 1, retain: true }), 'pubrec');
    const again = await dial(on, 'c', KEPT);
    await eventually(() => expect(retainedOf(again)).toEqual(['a kept false']));
  });

  test('of a device is its status alone; others are passed on and not kept (section 3.3.1.3)', async () => {
    const { raw } = await testBroker();
    const device = await raw('river-01');
    const sent = [
      ['v1/river-01/status', 'online'],
      ['v1/river-01/readings', '{}'],
    ] as const;
    for (const [topic, text] of sent) {
      await answered(device, publishPacket(topic, text, { qos: 1, messageId: 1, retain: true }), 'puback');
    }
    const operator = await raw('operator', { password: OPERATOR_TOKEN });
    await subscribe(operator, { 'v1/#': 1 });
    await eventually(() => expect(retainedOf(operator)).toEqual(['v1/river-01/status online true']));
  });
});

describe('a will', () => {
  const withWill = { flags: FLAG.clean | FLAG.willQos1, will: ['w', 'gone'] } as const;

  test('is published when the connection drops [MQTT-3.1.2-8]', async () => {
    const on = await openBroker();
    const listener = await dial(on, 'listener');
    await subscribe(listener, { w: 2 });
    (await dial(on, 'c', withWill)).socket.destroy();
    await expectPayloads(listener, ['gone']);
    expect(delivered(listener)[0]).toMatchObject({ qos: 1, retain: false });
  });

  test('is published when the keep alive runs out [MQTT-3.1.2-8]', async () => {
    const on = await openBroker();
    const listener = await dial(on, 'listener');
    await subscribe(listener, { w: 0 });
    await dial(on, 'c', { ...withWill, keepAliveSeconds: 1 });
    await expectPayloads(listener, ['gone']);
  });

  test('is published when the broker closes for a protocol error [MQTT-3.1.2-8]', async () => {
    const on = await openBroker();
    const listener = await dial(on, 'listener');
    await subscribe(listener, { w: 0 });
    (await dial(on, 'c', withWill)).write(Buffer.from([0xff, 0x00]));
    await expectPayloads(listener, ['gone']);
  });

  test('is published when another takes the place of the client [MQTT-3.1.4-2] [MQTT-3.1.2-8]', async () => {
    const on = await openBroker();
    const listener = await dial(on, 'listener');
    await subscribe(listener, { w: 0 });
    await dial(on, 'c', withWill);
    const second = await dial(on, 'c', { ...withWill, will: ['w', 'second'] });
    await expectPayloads(listener, ['gone']);
    // the new one keeps its own
    second.socket.destroy();
    await expectPayloads(listener, ['gone', 'second']);
  });

  test('that was not left is not published [MQTT-3.1.2-12]', async () => {
    const on = await openBroker();
    const listener = await dial(on, 'listener');
    await subscribe(listener, { '#': 0 });
    const client = await dial(on, 'c');
    client.socket.destroy();
    (await dial(on, 'other')).send(publishPacket('end', 'end'));
    await expectPayloads(listener, ['end']);
  });

  test('is thrown away at a DISCONNECT [MQTT-3.1.2-10] [MQTT-3.14.4-3]', async () => {
    const on = await openBroker();
    const listener = await dial(on, 'listener');
    await subscribe(listener, { '#': 0 });
    const client = await dial(on, 'c', withWill);
    client.send({ cmd: 'disconnect' });
    await client.closed();
    const sender = await dial(on, 'sender');
    sender.send(publishPacket('end', 'end'));
    await expectPayloads(listener, ['end']);
  });

  test.for([
    ['is kept with its retain flag', FLAG.willRetain, 'w gone true'],
    ['is not kept without it', 0, 'w live false'],
  ] as const)('%s [MQTT-3.1.2-16] [MQTT-3.1.2-17]', async ([, flag, seen]) => {
    const on = await openBroker();
    const listener = await dial(on, 'listener');
    await subscribe(listener, { w: 2 });
    (await dial(on, 'c', { ...withWill, flags: withWill.flags | flag })).socket.destroy();
    await expectPayloads(listener, ['gone']);
    const late = await dial(on, 'late');
    await subscribe(late, { w: 0 });
    await answered(late, publishPacket('w', 'live', { qos: 1, messageId: 1 }), 'puback');
    await eventually(() => expect(retainedOf(late)[0]).toBe(seen));
  });

  test('may be empty (section 3.1.3.3)', async () => {
    const on = await openBroker();
    const listener = await dial(on, 'listener');
    await subscribe(listener, { w: 0 });
    (await dial(on, 'c', { ...withWill, will: ['w', ''] })).socket.destroy();
    await expectPayloads(listener, ['']);
  });

  test('of a device is journaled and retained as its status [MQTT-3.1.2-17]', async () => {
    const { raw, journal } = await testBroker();
    const device = await raw('river-01', {
      password: secretOf('river-01'),
      will: { topic: 'v1/river-01/status', payload: 'offline', qos: 1, retain: true },
    });
    device.socket.destroy();
    await eventually(() => expect(journal.entries.some(({ kind }) => kind === 'will')).toBe(true));
    const operator = await raw('operator', { password: OPERATOR_TOKEN });
    await subscribe(operator, { 'v1/+/status': 1 });
    await eventually(() => expect(retainedOf(operator)).toEqual(['v1/river-01/status offline true']));
  });
});
