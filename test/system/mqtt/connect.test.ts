import { describe, expect, test } from 'vitest';
import { OPERATOR_TOKEN, secretOf, testBroker } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { publishPacket } from '#test/support/clients/raw-mqtt.ts';
import {
  FLAG,
  bytesOf,
  connectBytes,
  dial,
  expectPayloads,
  field,
  frame,
  openBroker,
  payloads,
  sends,
  subscribe,
} from './wire.ts';
import { oneWithin } from '#test/support/one-within.ts';
import { seconds } from '#model/base/duration.ts';

const SUBSCRIBE_ALL = bytesOf({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 0 }] });

describe('a CONNECT is answered with', () => {
  test.for([
    ['code 0 [MQTT-3.2.0-1] [MQTT-3.1.4-4]', {}, 0],
    ['code 0 for the level of MQTT 3.1', { name: 'MQIsdp', level: 3 }, 0],
    ['code 1 for level 5 [MQTT-3.1.2-2]', { level: 5, payload: ['', 'c'] }, 1],
    ['code 1 for level 6 [MQTT-3.1.2-2] [MQTT-3.2.2-4] [MQTT-3.2.2-5]', { level: 6 }, 1],
    ['code 1 for level 0 [MQTT-3.1.2-2]', { level: 0 }, 1],
    ['code 0 for an empty client id and a clean session [MQTT-3.1.3-6]', { payload: [''] }, 0],
    ['code 2 for an empty client id and a session to be kept [MQTT-3.1.3-8]', { flags: 0, payload: [''] }, 2],
    ['code 0 for a user name without a password', { flags: FLAG.clean | FLAG.user, payload: ['c', 'u'] }, 0],
    ['code 0 for a client id of 23 letters and digits [MQTT-3.1.3-5]', { payload: ['0123456789abcdefABCDEFG'] }, 0],
    ['code 0 for a client id of 300 characters', { payload: ['x'.repeat(300)] }, 0],
  ] as const)('%s', async ([, connect, code]) => {
    const client = await sends(connectBytes(connect));
    expect(await client.expect('connack')).toMatchObject([{ returnCode: code, sessionPresent: false }]);
    if (code !== 0) await client.closed();
  });
});

describe('a connection is closed, without an answer, after', () => {
  test.for([
    ['another first packet than CONNECT [MQTT-3.1.0-1]', bytesOf(publishPacket('a', 'x'))],
    ['a PINGREQ first [MQTT-3.1.0-1]', bytesOf({ cmd: 'pingreq' })],
    ['another protocol name [MQTT-3.1.2-1] [MQTT-3.2.2-6]', connectBytes({ name: 'MQTA' })],
    ['a reserved flag that is set [MQTT-3.1.2-3] [MQTT-3.1.4-1]', connectBytes({ flags: FLAG.clean | 0x01 })],
    ['a will QoS without a will [MQTT-3.1.2-13] [MQTT-3.1.2-11]', connectBytes({ flags: FLAG.clean | FLAG.willQos1 })],
    ['a will retain flag without a will [MQTT-3.1.2-15]', connectBytes({ flags: FLAG.clean | FLAG.willRetain })],
    [
      'a will of QoS 3 [MQTT-3.1.2-14]',
      connectBytes({ flags: FLAG.will | FLAG.clean | FLAG.willQos1 | FLAG.willQos2, payload: ['c', 't', 'm'] }),
    ],
    ['a will that is announced and missing [MQTT-3.1.2-9]', connectBytes({ flags: FLAG.clean | FLAG.will })],
    ['a will to a filter [MQTT-4.7.1-1]', connectBytes({ flags: FLAG.clean | FLAG.will, payload: ['c', 'a/#', 'm'] })],
    ['a will to no topic [MQTT-4.7.3-1]', connectBytes({ flags: FLAG.clean | FLAG.will, payload: ['c', '', 'm'] })],
    ['a user name that is not there [MQTT-3.1.2-19]', connectBytes({ flags: FLAG.clean | FLAG.user })],
    [
      'a password that is not there [MQTT-3.1.2-21]',
      connectBytes({ flags: FLAG.clean | FLAG.user | FLAG.password, payload: ['c', 'u'] }),
    ],
    [
      'a user name that is not UTF-8 [MQTT-3.1.3-11]',
      connectBytes({ flags: FLAG.clean | FLAG.user, payload: ['c', Buffer.from([0xff])] }),
    ],
    [
      'a will topic that is not UTF-8 [MQTT-3.1.3-10]',
      connectBytes({ flags: FLAG.clean | FLAG.will, payload: ['c', Buffer.from([0xff]), 'm'] }),
    ],
    [
      'a password without a user name [MQTT-3.1.2-22]',
      connectBytes({ flags: FLAG.clean | FLAG.password, payload: ['c', 'p'] }),
    ],
    ['fields that nothing announced [MQTT-3.1.2-18] [MQTT-3.1.2-20]', connectBytes({ payload: ['c', 'u'] })],
    ['a client id that is not UTF-8 [MQTT-3.1.3-4]', connectBytes({ payload: [Buffer.from([0xc3, 0x28])] })],
    ['a CONNECT without a payload [MQTT-3.1.3-3]', connectBytes({ payload: [] })],
    ['a CONNECT of no bytes', frame(0x10)],
  ] as const)('%s', async ([, bytes]) => {
    const client = await sends(bytes);
    await client.closed();
    expect(client.received).toEqual([]);
  });

  test('a second CONNECT [MQTT-3.1.0-2]', async () => {
    const client = await sends(connectBytes());
    await client.expect('connack');
    client.write(connectBytes());
    await client.closed();
    expect(client.received).toHaveLength(1);
  });

  test('a second CONNECT in the same segment [MQTT-3.1.0-2]', async () => {
    const client = await sends(Buffer.concat([connectBytes(), connectBytes()]));
    await client.closed();
  });

  test('no CONNECT at all within the time for it (section 3.1)', async () => {
    const { broker } = await testBroker({ access: 'open', connectTimeout: '100ms' });
    const client = await sends(Buffer.from([0x10]), { ...(await openBroker()), broker });
    await client.closed();
  });
});

describe('a client', () => {
  test('may send on before its CONNACK (section 3.1.4)', async () => {
    const all = Buffer.concat([connectBytes(), SUBSCRIBE_ALL, bytesOf(publishPacket('a', 'early'))]);
    const client = await sends(all);
    await expectPayloads(client, ['early']);
    expect(client.received.map(({ cmd }) => cmd)).toEqual(['connack', 'suback', 'publish']);
  });

  test('is not heard after a CONNECT that was refused [MQTT-3.1.4-5]', async () => {
    const on = await testBroker();
    const listener = await on.raw('operator', { password: OPERATOR_TOKEN });
    await subscribe(listener, { '#': 0, 'v1/#': 0 });
    const refused = connectBytes({ flags: 0xc2, payload: ['river-01', 'river-01', 'wrong'] });
    const reading = bytesOf(publishPacket('v1/river-01/readings', 'x'));
    const client = await sends(Buffer.concat([refused, reading]), on);
    await client.closed();
    expect(client.received).toMatchObject([{ cmd: 'connack', returnCode: 4 }]);
    const good = await on.raw('river-01');
    good.send(publishPacket('v1/river-01/readings', 'y', { qos: 1, messageId: 1 }));
    await expectPayloads(listener, ['y']);
    expect(on.journal.entries.filter(({ kind }) => kind === 'readings')).toHaveLength(1);
  });

  test('takes the place of the one before with its client id [MQTT-3.1.4-2]', async () => {
    const on = await openBroker();
    const first = await dial(on, 'same');
    const second = await dial(on, 'same');
    await first.closed();
    second.send({ cmd: 'pingreq' });
    await second.expect('pingresp');
  });

  test('whose client id is empty gets one of its own [MQTT-3.1.3-6]', async () => {
    const on = await openBroker();
    const clients = [await dial(on, ''), await dial(on, '')];
    for (const client of clients) client.send({ cmd: 'pingreq' });
    for (const client of clients) await client.expect('pingresp');
  });

  test('gets PINGRESP for PINGREQ [MQTT-3.12.4-1]', async () => {
    const client = await dial(await openBroker(), 'c');
    client.write(frame(0xc0));
    await client.expect('pingresp');
  });

  test('that is silent for one and a half times its keep alive is cut [MQTT-3.1.2-24]', async () => {
    const on = await openBroker();
    await oneWithin(
      seconds(4),
      async () => ({ since: performance.now(), client: await dial(on, 'c', { keepAliveSeconds: 1 }) }),
      async ({ since, client }) => {
        await client.closed();
        expect(performance.now() - since).toBeGreaterThan(1_400);
      },
    );
  });

  test('that sends anything within it is not [MQTT-3.1.2-23]', async () => {
    const on = await openBroker();
    const silent = await dial(on, 'silent', { keepAliveSeconds: 1 });
    const lively = await dial(on, 'lively', { keepAliveSeconds: 1 });
    const timeless = await dial(on, 'timeless', { keepAliveSeconds: 0 });
    await eventually(() => {
      lively.send(publishPacket('a', 'x'));
      expect(silent.isClosed()).toBe(true);
    });
    expect([lively.isClosed(), timeless.isClosed()]).toEqual([false, false]);
  });

  test('is let go at its DISCONNECT (section 3.14.4)', async () => {
    const client = await dial(await openBroker(), 'c');
    client.write(frame(0xe0));
    await client.closed();
  });
});

describe('a device', () => {
  test.for([
    ['code 4 for a wrong secret (table 3.1)', ['river-01', 'river-01', 'wrong'], 4],
    ["code 2 for another's client id [MQTT-3.1.3-9]", ['air-07', 'river-01', secretOf('river-01')], 2],
  ] as const)('is refused with %s', async ([, payload, code]) => {
    const client = await sends(connectBytes({ flags: 0xc2, payload }), await testBroker());
    expect(await client.expect('connack')).toMatchObject([{ returnCode: code, sessionPresent: false }]);
    await client.closed();
  });

  test('is refused with code 5 for a will that it may not leave (table 3.1)', async () => {
    const payload = ['river-01', 'v1/air-07/status', 'offline', 'river-01', secretOf('river-01')];
    const client = await sends(connectBytes({ flags: 0xc6, payload }), await testBroker());
    expect(await client.expect('connack')).toMatchObject([{ returnCode: 5 }]);
    await client.closed();
  });
});

describe('the fields of a CONNECT', () => {
  test('may hold U+FEFF, which stays where it is [MQTT-1.5.3-3]', async () => {
    const on = await openBroker();
    const client = await dial(on, '\uFEFFc');
    await subscribe(client, { '#': 0 });
    client.write(frame(0x30, field('\uFEFFt'), Buffer.from('x')));
    await eventually(() => expect(payloads(client)).toEqual(['x']));
    expect(client.received.at(-1)).toMatchObject({ topic: '\uFEFFt' });
  });
});
