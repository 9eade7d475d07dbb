import { describe, expect, test } from 'vitest';
import { OPERATOR_TOKEN, testBroker } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { type RawMqtt, publishPacket } from '#test/support/clients/raw-mqtt.ts';
import { KEPT, answered, delivered, dial, expectPayloads, openBroker, payloads, subscribe } from './wire.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

const idsOf = (client: RawMqtt, cmd: string): (number | undefined)[] =>
  client.received.flatMap((packet) => (packet.cmd === cmd ? [packet.messageId] : []));

/** A listener to everything and a sender, on one broker. */
const pair = async (): Promise<{ readonly listener: RawMqtt; readonly sender: RawMqtt }> => {
  const on = await openBroker();
  const listener = await dial(on, 'listener');
  await subscribe(listener, { '#': 2 });
  return { listener, sender: await dial(on, 'sender') };
};

describe('a PUBLISH of a client', () => {
  test('of QoS 0 is not answered [MQTT-4.3.1-1] [MQTT-3.3.4-1]', async () => {
    const { sender, listener } = await pair();
    sender.send(publishPacket('a', 'x'));
    await expectPayloads(listener, ['x']);
    sender.send({ cmd: 'pingreq' });
    await sender.expect('pingresp');
    expect(sender.received.map(({ cmd }) => cmd)).toEqual(['connack', 'pingresp']);
  });

  test('of QoS 1 is answered by PUBACK with its packet id [MQTT-4.3.2-2] [MQTT-2.3.1-6] [MQTT-3.3.4-1]', async () => {
    const { sender, listener } = await pair();
    for (const messageId of [1, 65_535]) sender.send(publishPacket('a', `${messageId}`, { qos: 1, messageId }));
    await sender.expect('puback', 2);
    expect(idsOf(sender, 'puback')).toEqual([1, 65_535]);
    await expectPayloads(listener, ['1', '65535']);
  });

  test('of QoS 1 with a packet id that was acknowledged is a new one, and DUP is not passed on [MQTT-4.3.2-2] [MQTT-3.3.1-3]', async () => {
    const { sender, listener } = await pair();
    for (const dup of [false, false, true]) {
      await answered(sender, publishPacket('a', 'x', { qos: 1, messageId: 1, dup }), 'puback');
    }
    await expectPayloads(listener, ['x', 'x', 'x']);
    expect(delivered(listener).map(({ dup }) => dup)).toEqual([false, false, false]);
  });

  test('of QoS 2 is answered by PUBREC, and its PUBREL by PUBCOMP [MQTT-4.3.3-2]', async () => {
    const { sender, listener } = await pair();
    await answered(sender, publishPacket('a', 'x', { qos: 2, messageId: 5 }), 'pubrec');
    await answered(sender, { cmd: 'pubrel', messageId: 5 }, 'pubcomp');
    expect([idsOf(sender, 'pubrec'), idsOf(sender, 'pubcomp')]).toEqual([[5], [5]]);
    await expectPayloads(listener, ['x']);
  });

  test('of QoS 2 that is sent again before its PUBREL is delivered once [MQTT-4.3.3-2]', async () => {
    const { sender, listener } = await pair();
    for (const dup of [false, true, true]) {
      await answered(sender, publishPacket('a', 'once', { qos: 2, messageId: 5, dup }), 'pubrec');
    }
    for (let i = 0; i < 2; i += 1) await answered(sender, { cmd: 'pubrel', messageId: 5 }, 'pubcomp');
    // the id is free from then on
    await answered(sender, publishPacket('a', 'new', { qos: 2, messageId: 5 }), 'pubrec');
    await expectPayloads(listener, ['once', 'new']);
  });

  test('of QoS 2 is known again after a new connection of the same session [MQTT-4.4.0-1]', async () => {
    const on = await openBroker();
    const listener = await dial(on, 'listener');
    await subscribe(listener, { '#': 2 });
    const first = await dial(on, 'sender', KEPT);
    await answered(first, publishPacket('a', 'once', { qos: 2, messageId: 5 }), 'pubrec');
    first.socket.destroy();
    const second = await dial(on, 'sender', KEPT);
    await answered(second, publishPacket('a', 'once', { qos: 2, messageId: 5, dup: true }), 'pubrec');
    await answered(second, { cmd: 'pubrel', messageId: 5 }, 'pubcomp');
    await answered(second, publishPacket('a', 'end', { qos: 1, messageId: 6 }), 'puback');
    await expectPayloads(listener, ['once', 'end']);
  });

  test('of QoS 2 is forgotten when a clean session begins [MQTT-3.1.2-6]', async () => {
    const on = await openBroker();
    const listener = await dial(on, 'listener');
    await subscribe(listener, { '#': 2 });
    const packet = publishPacket('a', 'x', { qos: 2, messageId: 5 });
    await answered(await dial(on, 'sender', KEPT), packet, 'pubrec');
    await answered(await dial(on, 'sender'), packet, 'pubrec');
    await expectPayloads(listener, ['x', 'x']);
  });

  test('with a PUBREL for a packet id that is not known is answered by PUBCOMP all the same [MQTT-4.3.3-2]', async () => {
    const { sender } = await pair();
    await answered(sender, { cmd: 'pubrel', messageId: 77 }, 'pubcomp');
    expect(idsOf(sender, 'pubcomp')).toEqual([77]);
  });

  test('that is not allowed closes the connection, the first of the two ways of [MQTT-3.3.5-2]', async () => {
    const { raw } = await testBroker();
    const device = await raw('river-01');
    device.send(publishPacket('v1/air-07/readings', 'x', { qos: 1, messageId: 1 }));
    await device.closed();
    expect(idsOf(device, 'puback')).toEqual([]);
  });
});

describe('answers come in the order of the packets', () => {
  test('PUBACK [MQTT-4.6.0-2]', async () => {
    const { sender } = await pair();
    for (const messageId of numbers(100)) sender.send(publishPacket('a', 'x', { qos: 1, messageId }));
    await sender.expect('puback', 100);
    expect(idsOf(sender, 'puback')).toEqual(numbers(100));
  });

  test('PUBREC [MQTT-4.6.0-3] and PUBCOMP', async () => {
    const { sender } = await pair();
    for (const messageId of numbers(100)) sender.send(publishPacket('a', 'x', { qos: 2, messageId }));
    await sender.expect('pubrec', 100);
    for (const messageId of numbers(100)) sender.send({ cmd: 'pubrel', messageId });
    await sender.expect('pubcomp', 100);
    expect([idsOf(sender, 'pubrec'), idsOf(sender, 'pubcomp')]).toEqual([numbers(100), numbers(100)]);
  });

  test('PUBREL, for the PUBRECs of a subscriber [MQTT-4.6.0-4]', async () => {
    const { sender, listener } = await pair();
    for (const messageId of numbers(50)) sender.send(publishPacket('a', 'x', { qos: 2, messageId }));
    await listener.expect('publish', 50);
    const ids = idsOf(listener, 'publish');
    for (const messageId of ids) if (messageId !== undefined) listener.send({ cmd: 'pubrec', messageId });
    await listener.expect('pubrel', 50);
    expect(idsOf(listener, 'pubrel')).toEqual(ids);
  });
});

describe('a message for a subscriber', () => {
  test.for([0, 1, 2] as const)(
    'of QoS %s comes in the order of its topic [MQTT-4.6.0-6] [MQTT-4.6.0-5]',
    async (qos) => {
      const { sender, listener } = await pair();
      for (const messageId of numbers(200)) sender.send(publishPacket('a', `${messageId}`, { qos, messageId }));
      await eventually(() => expect(payloads(listener)).toEqual(numbers(200).map(String)));
    },
  );

  test('has the header bits of its kind, and no packet id with QoS 0 [MQTT-2.2.2-1] [MQTT-2.3.1-5]', async () => {
    const { sender, listener } = await pair();
    const bytes: Buffer[] = [];
    listener.socket.on('data', (chunk) => bytes.push(Buffer.from(chunk)));
    sender.send(publishPacket('a', 'x'));
    await expectPayloads(listener, ['x']);
    expect(Buffer.concat(bytes)).toEqual(Buffer.from([0x30, 4, 0, 1, 0x61, 0x78]));
    sender.send(publishPacket('a', 'y', { qos: 2, messageId: 1 }));
    await expectPayloads(listener, ['x', 'y']);
    bytes.length = 0;
    const messageId = delivered(listener)[1]?.messageId ?? 0;
    await answered(listener, { cmd: 'pubrec', messageId }, 'pubrel');
    expect(Buffer.concat(bytes)).toEqual(Buffer.from([0x62, 2, messageId >> 8, messageId & 0xff]));
  });

  test('of QoS 1 or 2 has a packet id of its own, never 0 [MQTT-2.3.1-1] [MQTT-2.3.1-4]', async () => {
    const { sender, listener } = await pair();
    const qosOf = (i: number): 1 | 2 => (i % 2 === 0 ? 1 : 2);
    for (const messageId of numbers(60)) sender.send(publishPacket('a', 'x', { qos: qosOf(messageId), messageId }));
    await listener.expect('publish', 60);
    const ids = delivered(listener).map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(60);
    expect(ids).not.toContain(0);
    expect(ids).not.toContain(undefined);
  });

  test('of QoS 2 is released after its PUBREC, also when it was retained and the session is kept [MQTT-4.3.3-1]', async () => {
    const on = await openBroker();
    const sender = await dial(on, 'sender');
    await answered(sender, publishPacket('a', 'kept', { qos: 2, messageId: 1, retain: true }), 'pubrec');
    const client = await dial(on, 'c', KEPT);
    await subscribe(client, { a: 2 });
    sender.send(publishPacket('a', 'live', { qos: 2, messageId: 2 }));
    await expectPayloads(client, ['kept', 'live']);
    const ids = idsOf(client, 'publish');
    for (const messageId of ids) if (messageId !== undefined) client.send({ cmd: 'pubrec', messageId });
    await client.expect('pubrel', 2);
    for (const messageId of ids) if (messageId !== undefined) client.send({ cmd: 'pubcomp', messageId });
    client.send({ cmd: 'pingreq' });
    await client.expect('pingresp');
    expect(idsOf(client, 'pubrel')).toEqual(ids);
    expect(client.isClosed()).toBe(false);
  });

  test('that was acknowledged does not come again [MQTT-4.3.2-1] [MQTT-4.3.3-1]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c', KEPT);
    await subscribe(client, { a: 2 });
    const sender = await dial(on, 'sender');
    await answered(sender, publishPacket('a', 'one', { qos: 1, messageId: 1 }), 'puback');
    await expectPayloads(client, ['one']);
    sender.send(publishPacket('a', 'two', { qos: 2, messageId: 2 }));
    await expectPayloads(client, ['one', 'two']);
    const [one, two] = delivered(client);
    client.send({ cmd: 'puback', messageId: one?.messageId ?? 0 });
    await answered(client, { cmd: 'pubrec', messageId: two?.messageId ?? 0 }, 'pubrel');
    client.send({ cmd: 'pubcomp', messageId: two?.messageId ?? 0 });
    await answered(client, { cmd: 'pingreq' }, 'pingresp');
    client.socket.destroy();
    const again = await dial(on, 'c', KEPT);
    sender.send(publishPacket('a', 'end', { qos: 0 }));
    await expectPayloads(again, ['end']);
  });

  test('that it publishes itself comes back to it (section 3.3.5)', async () => {
    const client = await dial(await openBroker(), 'c');
    await subscribe(client, { a: 0 });
    client.send(publishPacket('a', 'x'));
    await expectPayloads(client, ['x']);
  });

  test('of a device holds what the device sent, byte by byte (section 3.3.3)', async () => {
    const { raw } = await testBroker();
    const operator = await raw('operator', { password: OPERATOR_TOKEN });
    await subscribe(operator, { 'v1/#': 1 });
    const payload = Buffer.from(numbers(255).concat(0));
    const device = await raw('river-01');
    device.send(publishPacket('v1/river-01/readings', payload, { qos: 1, messageId: 1 }));
    const [packet] = await operator.expect('publish');
    expect(packet?.cmd === 'publish' && Buffer.compare(Buffer.from(packet.payload), payload)).toBe(0);
  });
});
