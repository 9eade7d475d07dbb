import { describe, expect, test } from 'vitest';
import { bytesOf, delivered, dial, expectPayloads, field, frame, openBroker, subscribe } from './wire.ts';

const ID = Buffer.from([0, 7]);
const NO_ID = Buffer.from([0, 0]);
const NUL = '\u0000';

/** Not UTF-8: a lone continuation byte, a surrogate, an overlong slash, an end in the middle of a character. */
const BAD_TEXTS = [[0x80], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0x61, 0xe2, 0x82]].map((bytes) => Buffer.from(bytes));

const publish = (topic: string | Uint8Array, first = 0x30): Buffer =>
  frame(first, field(topic), ...((first & 0x06) === 0 ? [] : [ID]), Buffer.from('x'));

describe('the connection is closed, and the packet has no effect, for', () => {
  test.for([
    ['a remaining length of five bytes (section 2.2.3)', Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01])],
    ['a packet of type 0 (table 2.1)', frame(0x00)],
    ['a packet of type 15 (table 2.1)', frame(0xf0)],
    ['a CONNACK (table 2.1)', frame(0x20, Buffer.from([0, 0]))],
    ['a SUBACK (table 2.1)', frame(0x90, ID, Buffer.from([0]))],
    ['an UNSUBACK (table 2.1)', frame(0xb0, ID)],
    ['a PINGRESP (table 2.1)', frame(0xd0)],
    ['a PUBLISH of QoS 3 [MQTT-3.3.1-4]', publish('a', 0x36)],
    ['a PUBLISH of QoS 0 with the DUP flag [MQTT-3.3.1-2]', publish('a', 0x38)],
    ['a PUBACK with header bits [MQTT-2.2.2-2]', frame(0x42, ID)],
    ['a PUBREC with header bits [MQTT-2.2.2-2]', frame(0x51, ID)],
    ['a PUBREL without its header bits [MQTT-3.6.1-1]', frame(0x60, ID)],
    ['a PUBREL with DUP [MQTT-3.6.1-1]', frame(0x6a, ID)],
    ['a SUBSCRIBE with DUP [MQTT-3.8.1-1]', frame(0x8a, ID, field('a'), Buffer.from([0]))],
    ['an UNSUBSCRIBE with DUP [MQTT-3.10.1-1]', frame(0xaa, ID, field('a'))],
    ['a PUBCOMP with header bits [MQTT-2.2.2-2]', frame(0x78, ID)],
    ['a SUBSCRIBE without its header bits [MQTT-3.8.1-1]', frame(0x80, ID, field('a'), Buffer.from([0]))],
    ['an UNSUBSCRIBE without its header bits [MQTT-3.10.1-1]', frame(0xa0, ID, field('a'))],
    ['a PINGREQ with header bits [MQTT-2.2.2-2]', frame(0xc1)],
    ['a DISCONNECT with header bits [MQTT-3.14.1-1]', frame(0xe1)],
    ['a PINGREQ that has a body [MQTT-4.8.0-1]', frame(0xc0, Buffer.from([0]))],
    ['a DISCONNECT that has a body (section 3.14)', frame(0xe0, Buffer.from([0]))],
    ['a PUBACK that is too long (section 3.4.1)', frame(0x40, ID, Buffer.from([0]))],
    ['a PUBREL that is too short (section 3.6.1)', frame(0x62, Buffer.from([7]))],
    ['a PUBLISH of QoS 1 with packet id 0 [MQTT-2.3.1-1]', frame(0x32, field('a'), NO_ID)],
    ['a PUBLISH of QoS 2 with packet id 0 [MQTT-2.3.1-1]', frame(0x34, field('a'), NO_ID)],
    ['a PUBLISH of QoS 1 without a packet id (section 3.3.2)', frame(0x32, field('a'))],
    ['a SUBSCRIBE with packet id 0 [MQTT-2.3.1-1]', frame(0x82, NO_ID, field('a'), Buffer.from([0]))],
    ['an UNSUBSCRIBE with packet id 0 [MQTT-2.3.1-1]', frame(0xa2, NO_ID, field('a'))],
    ['a PUBLISH to no topic [MQTT-4.7.3-1]', publish('')],
    ['a PUBLISH to a filter with + [MQTT-3.3.2-2]', publish('a/+/b')],
    ['a PUBLISH to a filter with # [MQTT-3.3.2-2]', publish('a/#')],
    ['a PUBLISH whose topic ends behind the packet [MQTT-3.3.2-1]', frame(0x30, Buffer.from([0, 9, 97]))],
    ['a PUBLISH to $SYS (section 4.7.2)', publish('$SYS/broker/load')],
    ['a topic with U+0000 [MQTT-1.5.3-2]', publish(`a${NUL}b`)],
    ['a SUBSCRIBE without a filter [MQTT-3.8.3-3]', frame(0x82, ID)],
    ['a SUBSCRIBE of QoS 3 [MQTT-3.8.3-4]', frame(0x82, ID, field('a'), Buffer.from([3]))],
    ['a SUBSCRIBE with reserved bits [MQTT-3.8.3-4]', frame(0x82, ID, field('a'), Buffer.from([0x05]))],
    ['a SUBSCRIBE whose last filter has no QoS [MQTT-3.8.3-1]', frame(0x82, ID, field('a'))],
    ['a SUBSCRIBE to no topic [MQTT-4.7.3-1]', frame(0x82, ID, field(''), Buffer.from([0]))],
    ['an UNSUBSCRIBE without a filter [MQTT-3.10.3-2]', frame(0xa2, ID)],
    ['an UNSUBSCRIBE from a filter that is no UTF-8 [MQTT-3.10.3-1]', frame(0xa2, ID, field(Buffer.from([0xff])))],
    ['an UNSUBSCRIBE with U+0000 [MQTT-4.7.3-2]', frame(0xa2, ID, field(`a${NUL}`))],
    ...['a#', 'a/b#', '#/a', '##', 'a/#/b'].map(
      (filter) => [`the filter ${filter} [MQTT-4.7.1-2]`, frame(0x82, ID, field(filter), Buffer.from([0]))] as const,
    ),
    ...['a+', '+a', 'a/b+', 'a/+b/c', '++'].map(
      (filter) => [`the filter ${filter} [MQTT-4.7.1-3]`, frame(0x82, ID, field(filter), Buffer.from([0]))] as const,
    ),
    ...BAD_TEXTS.map((text) => [`a topic of the bytes ${text.toString('hex')} [MQTT-1.5.3-1]`, publish(text)] as const),
    ...BAD_TEXTS.map(
      (text) =>
        [
          `a filter of the bytes ${text.toString('hex')} [MQTT-3.8.3-1]`,
          frame(0x82, ID, field(text), Buffer.from([0])),
        ] as const,
    ),
  ] as const)('%s', async ([, bytes]) => {
    const on = await openBroker();
    const listener = await dial(on, 'listener');
    await subscribe(listener, { '#': 0 });
    const client = await dial(on, 'c');
    const before = client.received.length;
    // a packet behind it in the same segment is not taken either
    client.write(Buffer.concat([bytes, publish('behind')]));
    await client.closed();
    expect(client.received).toHaveLength(before);
    const witness = await dial(on, 'witness');
    witness.write(publish('witness'));
    await expectPayloads(listener, ['x']);
    expect(listener.received.at(-1)).toMatchObject({ topic: 'witness' });
  });
});

test('nothing is taken that comes after a DISCONNECT [MQTT-3.14.4-2]', async () => {
  const on = await openBroker();
  const listener = await dial(on, 'listener');
  await subscribe(listener, { '#': 0 });
  const client = await dial(on, 'c');
  client.write(Buffer.concat([publish('before'), frame(0xe0), publish('behind')]));
  await client.closed();
  (await dial(on, 'witness')).write(publish('witness'));
  await expectPayloads(listener, ['x', 'x']);
  expect(delivered(listener).map(({ topic }) => topic)).toEqual(['before', 'witness']);
});

describe('a client of MQTT 3.1, which sets DUP in what it sends again (its section 2.1),', () => {
  const old = { name: 'MQIsdp', level: 3 };
  const subscribing = (first: number) => frame(first, ID, field('a'), Buffer.from([0]));

  test('is answered each time it sends a SUBSCRIBE, and hears a message once', async () => {
    const on = await openBroker();
    const client = await dial(on, 'old', old);
    client.write(Buffer.concat([subscribing(0x82), subscribing(0x8a)]));
    expect(await client.expect('suback', 2)).toMatchObject([{ messageId: 7, granted: [0] }, { messageId: 7 }]);
    client.write(subscribing(0x8a));
    await client.expect('suback', 3);
    client.write(publish('a'));
    await expectPayloads(client, ['x']);
  });

  test('is answered each time it sends an UNSUBSCRIBE, a byte at a time too', async () => {
    const client = await dial(await openBroker(), 'old', old);
    client.write(frame(0xa2, ID, field('a')));
    for (const byte of frame(0xaa, ID, field('a'))) client.write(Buffer.from([byte]));
    expect(await client.expect('unsuback', 2)).toMatchObject([{ messageId: 7 }, { messageId: 7 }]);
  });

  test('is answered each time it sends a PUBREL', async () => {
    const on = await openBroker();
    const listener = await dial(on, 'listener');
    await subscribe(listener, { a: 0 });
    const client = await dial(on, 'old', old);
    client.write(publish('a', 0x34));
    await client.expect('pubrec');
    client.write(Buffer.concat([frame(0x62, ID), frame(0x6a, ID)]));
    expect(await client.expect('pubcomp', 2)).toMatchObject([{ messageId: 7 }, { messageId: 7 }]);
    client.write(frame(0x6a, ID));
    await client.expect('pubcomp', 3);
    await expectPayloads(listener, ['x']);
  });

  test.for([
    ['another header bit in a SUBSCRIBE', subscribing(0x8b)],
    ['DUP in a PINGREQ', frame(0xc8)],
    ['DUP in a PUBREC', frame(0x58, ID)],
  ] as const)('is closed for %s all the same', async ([, bytes]) => {
    const client = await dial(await openBroker(), 'old', old);
    client.write(bytes);
    await client.closed();
  });
});

test.for([
  ['that the parser refuses', frame(0xc1), 'Invalid header flag bits, must be 0x0 for pingreq packet'],
  ['that it lets pass', frame(0x82, ID), 'without a filter [MQTT-3.8.3-3] [MQTT-3.10.3-2]'],
] as const)('the log tells what was wrong with a packet %s (section 4.8)', async ([, bytes, wrong]) => {
  const on = await openBroker();
  const client = await dial(on, 'c');
  client.write(bytes);
  await client.closed();
  const fields = on.log.lines.map((line) => line.fields);
  expect(fields).toContainEqual(expect.objectContaining({ reason: 'malformed', client: 'c', wrong }));
});

describe('packets are taken', () => {
  test('byte by byte, as a stream cuts them [MQTT-4.2.0-1]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c');
    await subscribe(client, { a: 0 });
    for (const byte of publish('a')) client.write(Buffer.from([byte]));
    await expectPayloads(client, ['x']);
  });

  test('many in one segment, in their order', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c');
    await subscribe(client, { a: 0 });
    const numbers = Array.from({ length: 100 }, (_, i) => String(i));
    client.write(Buffer.concat(numbers.map((text) => frame(0x30, field('a'), Buffer.from(text)))));
    await expectPayloads(client, numbers);
  });

  test('with a remaining length that is written longer than it need be (section 2.2.3)', async () => {
    const client = await dial(await openBroker(), 'c');
    await subscribe(client, { a: 0 });
    client.write(Buffer.from([0x30, 0x84, 0x80, 0x00, 0, 1, 97, 120]));
    await expectPayloads(client, ['x']);
  });

  test.for(['\u{1F30A}/sungai', '/', 'a//b', ' a ', 'A/ä'])('for the topic "%s" [MQTT-1.5.3-1]', async (topic) => {
    const client = await dial(await openBroker(), 'c');
    await subscribe(client, { [topic]: 0 });
    client.write(publish(topic));
    await expectPayloads(client, ['x']);
    expect(client.received.at(-1)).toMatchObject({ topic });
  });

  test('for a topic that holds U+FFFD itself [MQTT-1.5.3-1]', async () => {
    const client = await dial(await openBroker(), 'c');
    await subscribe(client, { '#': 0 });
    client.write(publish('\uFFFD'));
    await expectPayloads(client, ['x']);
  });

  test('of no payload (section 3.3.3)', async () => {
    const client = await dial(await openBroker(), 'c');
    await subscribe(client, { a: 0 });
    client.write(bytesOf({ cmd: 'publish', topic: 'a', payload: '', qos: 0, dup: false, retain: false }));
    await expectPayloads(client, ['']);
  });
});
