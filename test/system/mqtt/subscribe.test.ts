import { describe, expect, test } from 'vitest';
import { testBroker } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { publishPacket } from '#test/support/clients/raw-mqtt.ts';
import { answered, delivered, dial, expectPayloads, payloads, field, frame, openBroker, subscribe } from './wire.ts';

describe('a SUBSCRIBE', () => {
  test('is answered by a SUBACK with its packet id [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-2.3.1-7]', async () => {
    const client = await dial(await openBroker(), 'c');
    client.send({ cmd: 'subscribe', messageId: 4_711, subscriptions: [{ topic: 'a', qos: 0 }] });
    expect(await client.expect('suback')).toMatchObject([{ messageId: 4_711, granted: [0] }]);
  });

  test('of many filters has one code for each, in their order [MQTT-3.8.4-4] [MQTT-3.8.4-5] [MQTT-3.9.3-1]', async () => {
    const client = await dial(await openBroker(), 'c');
    expect(await subscribe(client, { a: 2, b: 0, 'c/#': 1, '+/d': 2 })).toEqual([2, 0, 1, 2]);
  });

  test('that names a filter twice has one code for it, a deviation from [MQTT-3.8.4-5]', async () => {
    const client = await dial(await openBroker(), 'c');
    const subscriptions = ([0, 1] as const).map((qos) => ({ topic: 'a', qos }));
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions });
    expect(await client.expect('suback')).toMatchObject([{ granted: [1] }]);
  });

  test('is granted QoS 1 at most to a device, and refused with 0x80 where it may not listen [MQTT-3.9.3-2]', async () => {
    const { raw } = await testBroker();
    const device = await raw('river-01');
    expect(await subscribe(device, { 'v1/river-01/commands/#': 2, 'v1/air-07/config': 0 })).toEqual([1, 0x80]);
    device.send({ cmd: 'pingreq' });
    await device.expect('pingresp');
  });

  test('with a filter that stands already takes its place [MQTT-3.8.4-3]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c');
    await subscribe(client, { a: 0 });
    await subscribe(client, { a: 1 });
    for (const messageId of [9, 10]) client.send(publishPacket('a', `${messageId}`, { qos: 1, messageId }));
    await expectPayloads(client, ['9', '10']);
    expect(delivered(client).map(({ qos }) => qos)).toEqual([1, 1]);
  });

  test('with a filter that stands already brings the retained message again [MQTT-3.8.4-3]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c');
    await answered(client, publishPacket('a', 'kept', { qos: 1, messageId: 1, retain: true }), 'puback');
    await subscribe(client, { a: 0 });
    await expectPayloads(client, ['kept']);
    await subscribe(client, { a: 0 });
    await expectPayloads(client, ['kept', 'kept']);
  });
});

describe('a message is delivered with the lower of its own QoS and the one that was granted', () => {
  const pairs = ([0, 1, 2] as const).flatMap((sent) => ([0, 1, 2] as const).map((granted) => ({ sent, granted })));
  const filters = ['a/b', 'a/+', '#'];

  test.for(pairs.flatMap((pair) => filters.map((filter) => ({ ...pair, filter }))))(
    'QoS $sent to $filter of QoS $granted [MQTT-3.8.4-6]',
    async ({ sent, granted, filter }) => {
      const on = await openBroker();
      const sender = await dial(on, 'sender');
      // with a persistent session as well as with a clean one, live as well as retained
      const listeners = [await dial(on, 'clean'), await dial(on, 'kept', { flags: 0 })];
      for (const listener of listeners) await subscribe(listener, { [filter]: granted });
      sender.send(publishPacket('a/b', 'live', { qos: sent, messageId: 1, retain: true }));
      for (const listener of listeners) await expectPayloads(listener, ['live']);
      const late = await dial(on, 'late');
      await subscribe(late, { [filter]: granted });
      await expectPayloads(late, ['live']);
      for (const each of [...listeners, late]) expect(delivered(each)[0]?.qos).toBe(Math.min(sent, granted));
    },
  );
});

describe('overlapping subscriptions', () => {
  test.for(['clean', 'kept'] as const)(
    'of a %s session deliver with the highest QoS of those that match [MQTT-3.3.5-1]',
    async (session) => {
      const on = await openBroker();
      const client = await dial(on, 'c', session === 'kept' ? { flags: 0 } : {});
      await subscribe(client, { '#': 0 });
      await subscribe(client, { 'a/#': 1 });
      await subscribe(client, { 'a/+': 2 });
      const sender = await dial(on, 'sender');
      for (let i = 1; i <= 20; i += 1) sender.send(publishPacket('a/b', String(i), { qos: 2, messageId: i }));
      await eventually(() => expect(delivered(client)).toHaveLength(20));
      sender.send(publishPacket('end', 'end'));
      await eventually(() => expect(delivered(client).at(-1)?.payload).toBe('end'));
      expect(delivered(client).map(({ qos }) => qos)).toEqual([...Array.from({ length: 20 }, () => 2), 0]);
      expect(client.isClosed()).toBe(false);
    },
  );

  test.for(['clean', 'kept'] as const)(
    'of a %s session of which one is the very topic deliver with the highest QoS too [MQTT-3.3.5-1]',
    async (session) => {
      const client = await dial(await openBroker(), 'c', session === 'kept' ? { flags: 0 } : {});
      await subscribe(client, { '#': 2, 'a/b': 1, 'a/c': 0 });
      client.send(publishPacket('a/b', 'x', { qos: 2, messageId: 1 }));
      client.send(publishPacket('a/c', 'y', { qos: 2, messageId: 2 }));
      await eventually(() => expect(payloads(client).toSorted()).toEqual(['x', 'y']));
      expect(delivered(client).map(({ qos }) => qos)).toEqual([2, 2]);
      client.send({ cmd: 'unsubscribe', messageId: 9, unsubscriptions: ['#'] });
      await client.expect('unsuback');
      client.send(publishPacket('a/b', 'z', { qos: 2, messageId: 3 }));
      await eventually(() => expect(delivered(client).at(-1)).toMatchObject({ payload: 'z', qos: 1 }));
    },
  );
});

describe('a filter', () => {
  const matches = async (filter: string, topics: readonly string[]): Promise<string[]> => {
    const client = await dial(await openBroker(), 'c');
    await subscribe(client, { [filter]: 0, end: 0 });
    for (const topic of [...topics, 'end']) client.send(publishPacket(topic, 'x'));
    await eventually(() => expect(delivered(client).at(-1)?.topic).toBe('end'));
    return delivered(client).flatMap(({ topic }) => (topic === 'end' ? [] : [topic]));
  };

  test('with # takes in the parent level and all below [MQTT-3.3.2-3] [MQTT-3.8.3-2]', async () => {
    const sport = ['sport/tennis/player1', 'sport/tennis/player1/ranking', 'sport/tennis/player1/score/wimbledon'];
    expect(await matches('sport/tennis/player1/#', [...sport, 'sport/tennis/player2', 'sport'])).toEqual(sport);
  });

  test('with + takes in one level, also an empty one [MQTT-3.3.2-3] [MQTT-3.8.3-2]', async () => {
    const none = ['sport', 'sport/a/b'];
    expect(await matches('sport/+', ['sport/a', 'sport/', ...none])).toEqual(['sport/a', 'sport/']);
    expect(await matches('+/+', ['/finance', 'finance'])).toEqual(['/finance']);
    expect(await matches('/+', ['/finance', 'finance'])).toEqual(['/finance']);
  });

  test('tells upper case from lower, and a leading slash, and compares characters as they are [MQTT-4.7.3-4]', async () => {
    expect(await matches('ACCOUNTS', ['Accounts', '/ACCOUNTS', 'ACCOUNTS'])).toEqual(['ACCOUNTS']);
    // the same letter, composed and not
    expect(await matches('\u00e9', ['e\u0301', '\u00e9'])).toEqual(['\u00e9']);
  });

  test.for(['#', '+/#', '+/+/heartbeat', '+/+/new/clients'])(
    '%s does not match a topic that begins with $ [MQTT-4.7.2-1]',
    async (filter) => {
      const on = await openBroker();
      const client = await dial(on, 'c');
      const witness = await dial(on, 'witness');
      await subscribe(client, { [filter]: 0, end: 0 });
      await subscribe(witness, { '$SYS/#': 0 });
      // the engine tells of it on a topic of its own
      await dial(on, 'newcomer');
      await eventually(() => expect(delivered(witness).map(({ payload }) => payload)).toContain('newcomer'));
      witness.send(publishPacket('end', 'end'));
      await expectPayloads(client, ['end']);
    },
  );
});

describe('an UNSUBSCRIBE', () => {
  test('is answered with its packet id, once for all its filters [MQTT-3.10.4-4] [MQTT-3.10.4-6]', async () => {
    const client = await dial(await openBroker(), 'c');
    await subscribe(client, { a: 0, b: 0 });
    client.send({ cmd: 'unsubscribe', messageId: 815, unsubscriptions: ['a', 'b'] });
    expect(await client.expect('unsuback')).toMatchObject([{ messageId: 815 }]);
  });

  test('is answered also where nothing was subscribed [MQTT-3.10.4-5]', async () => {
    const client = await dial(await openBroker(), 'c');
    client.write(frame(0xa2, Buffer.from([0, 9]), field('nothing')));
    expect(await client.expect('unsuback')).toMatchObject([{ messageId: 9 }]);
  });

  test('lets a delivery end that had begun [MQTT-3.10.4-3]', async () => {
    const client = await dial(await openBroker(), 'c', { flags: 0 });
    await subscribe(client, { a: 2 });
    client.send(publishPacket('a', 'x', { qos: 2, messageId: 9 }));
    await expectPayloads(client, ['x']);
    await answered(client, { cmd: 'unsubscribe', messageId: 1, unsubscriptions: ['a'] }, 'unsuback');
    const messageId = delivered(client)[0]?.messageId ?? 0;
    await answered(client, { cmd: 'pubrec', messageId }, 'pubrel');
  });

  test('ends the delivery of that very filter and of no other [MQTT-3.10.4-1] [MQTT-3.10.4-2]', async () => {
    const client = await dial(await openBroker(), 'c');
    await subscribe(client, { 'a/b': 0, 'a/+': 0, c: 0 });
    await answered(client, { cmd: 'unsubscribe', messageId: 1, unsubscriptions: ['a/+', 'c/#'] }, 'unsuback');
    for (const topic of ['a/x', 'a/b', 'c']) client.send(publishPacket(topic, topic));
    await expectPayloads(client, ['a/b', 'c']);
  });
});
