import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDisk } from '#broker/sessions/disk.ts';
import { OPERATOR_TOKEN, type TestBroker, secretOf, testBroker } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { type RawMqtt, publishPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import {
  KEPT,
  answered,
  bytesOf,
  connectBytes,
  delivered,
  dial,
  expectPayloads,
  openBroker,
  payloads,
  sends,
  subscribe,
} from './wire.ts';

/** Publishes with QoS 1 and waits until the broker is done with all of it. */
const publish = async (sender: RawMqtt, texts: readonly string[], qos: 1 | 2 = 1): Promise<void> => {
  for (const [i, text] of texts.entries()) sender.send(publishPacket('a', text, { qos, messageId: 100 + i }));
  await sender.expect(qos === 1 ? 'puback' : 'pubrec', texts.length);
  await answered(sender, publishPacket('settled', '', { qos: 2, messageId: 99 }), 'pubrec');
};

describe('session present', () => {
  test('is 0 for a clean session, also where one was kept before [MQTT-3.2.2-1]', async () => {
    const on = await openBroker();
    const kept = await dial(on, 'c', KEPT);
    await subscribe(kept, { a: 1 });
    expect((await dial(on, 'c')).isSessionPresent).toBe(false);
  });

  test('is 1 where a session was kept, and 0 where none was [MQTT-3.2.2-2] [MQTT-3.2.2-3]', async () => {
    const on = await openBroker();
    const first = await dial(on, 'c', KEPT);
    expect(first.isSessionPresent).toBe(false);
    await subscribe(first, { a: 1 });
    first.socket.destroy();
    expect((await dial(on, 'c', KEPT)).isSessionPresent).toBe(true);
  });

  test('is 0 where the session before was clean [MQTT-3.1.2-6]', async () => {
    const on = await openBroker();
    await subscribe(await dial(on, 'c'), { a: 1 });
    expect((await dial(on, 'c', KEPT)).isSessionPresent).toBe(false);
  });

  test('is 1 for a session without subscriptions, and after the last was given back, also after a restart [MQTT-3.2.2-2]', async () => {
    const folder = join(tempFolder(), 'sessions');
    const start = async () => testBroker({ access: 'open' }, [], await openDisk(folder, { log: silentLog() }));
    const on = await start();
    expect((await dial(on, 'c', KEPT)).isSessionPresent).toBe(false);
    // not only when the broker is told to stop
    await eventually(async () => {
      const copy = join(tempFolder(), 'copy');
      cpSync(folder, copy, { recursive: true });
      const found = await openDisk(copy, { log: silentLog() });
      await found?.close();
      expect([...(found?.found.keys() ?? [])]).toEqual(['session:c']);
    });
    const again = await dial(on, 'c', KEPT);
    expect(again.isSessionPresent).toBe(true);
    await subscribe(again, { a: 1 });
    await answered(again, { cmd: 'unsubscribe', messageId: 2, unsubscriptions: ['a'] }, 'unsuback');
    await on.broker.stop();
    const after = await start();
    const back = await dial(after, 'c', KEPT);
    expect(back.isSessionPresent).toBe(true);
    await answered(back, publishPacket('a', 'unheard', { qos: 1, messageId: 1 }), 'puback');
    await answered(back, { cmd: 'pingreq' }, 'pingresp');
    expect(delivered(back)).toEqual([]);
    back.socket.destroy();
    await dial(after, 'c');
    expect((await dial(after, 'c', KEPT)).isSessionPresent).toBe(false);
  });
});

describe('a session that is kept', () => {
  test('holds its subscriptions and what came with QoS 1 and 2 meanwhile, in order [MQTT-3.1.2-4] [MQTT-3.1.2-5] [MQTT-4.1.0-1] [MQTT-4.5.0-1]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c', KEPT);
    await subscribe(client, { a: 2 });
    client.socket.destroy();
    const sender = await dial(on, 'sender');
    await publish(sender, ['1', '2', '3'], 2);
    const again = await dial(on, 'c', KEPT);
    await expectPayloads(again, ['1', '2', '3']);
    expect(delivered(again).map(({ qos, dup }) => ({ qos, dup }))).toEqual(Array(3).fill({ qos: 2, dup: false }));
    sender.send(publishPacket('a', 'live', { qos: 0 }));
    await expectPayloads(again, ['1', '2', '3', 'live']);
  });

  test('survives a DISCONNECT [MQTT-3.1.2-4]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c', KEPT);
    await subscribe(client, { a: 1 });
    client.send({ cmd: 'disconnect' });
    await client.closed();
    await publish(await dial(on, 'sender'), ['x']);
    await expectPayloads(await dial(on, 'c', KEPT), ['x']);
  });

  test('is thrown away, with all that waits, by a clean one [MQTT-3.1.2-6] [MQTT-3.1.4-3]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c', KEPT);
    await subscribe(client, { a: 1 });
    client.socket.destroy();
    const sender = await dial(on, 'sender');
    await publish(sender, ['lost']);
    const clean = await dial(on, 'c');
    clean.send({ cmd: 'disconnect' });
    await clean.closed();
    const again = await dial(on, 'c', KEPT);
    await subscribe(again, { b: 1 });
    await publish(sender, ['lost too']);
    sender.send(publishPacket('b', 'new', { qos: 1, messageId: 1 }));
    await expectPayloads(again, ['new']);
  });

  test('has messages sent again that were not acknowledged, with DUP and their packet ids, in order [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-4.6.0-1]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c', KEPT);
    await subscribe(client, { a: 2 });
    const sender = await dial(on, 'sender');
    await publish(sender, ['1', '2', '3']);
    await expectPayloads(client, ['1', '2', '3']);
    const first = delivered(client);
    client.send({ cmd: 'puback', messageId: first[1]?.messageId ?? 0 });
    await answered(client, { cmd: 'pingreq' }, 'pingresp');
    client.socket.destroy();
    await eventually(() => expect(client.isClosed()).toBe(true));
    sender.send(publishPacket('a', '4', { qos: 1, messageId: 7 }));
    await sender.expect('puback', 4);
    await answered(sender, publishPacket('settled', '', { qos: 2, messageId: 9 }), 'pubrec');
    const again = await dial(on, 'c', KEPT);
    await expectPayloads(again, ['1', '3', '4']);
    expect(delivered(again).map(({ dup }) => dup)).toEqual([true, true, false]);
    expect(
      delivered(again)
        .map(({ messageId }) => messageId)
        .slice(0, 2),
    ).toEqual([first[0]?.messageId, first[2]?.messageId]);
  });

  test('has the PUBREL sent again whose PUBCOMP did not come, and not the PUBLISH [MQTT-4.4.0-1]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c', KEPT);
    await subscribe(client, { a: 2 });
    const sender = await dial(on, 'sender');
    await publish(sender, ['x'], 2);
    await expectPayloads(client, ['x']);
    const messageId = delivered(client)[0]?.messageId ?? 0;
    await answered(client, { cmd: 'pubrec', messageId }, 'pubrel');
    client.socket.destroy();
    const again = await dial(on, 'c', KEPT);
    expect(await again.expect('pubrel')).toMatchObject([{ messageId }]);
    again.send({ cmd: 'pubcomp', messageId });
    await answered(again, { cmd: 'pingreq' }, 'pingresp');
    expect(payloads(again)).toEqual([]);
    again.socket.destroy();
    const third = await dial(on, 'c', KEPT);
    await answered(third, { cmd: 'pingreq' }, 'pingresp');
    expect(third.received.map(({ cmd }) => cmd)).toEqual(['connack', 'pingresp']);
  });

  test('has a retained message sent again that its subscription brought, until it is acknowledged [MQTT-4.4.0-1]', async () => {
    const on = await openBroker();
    const sender = await dial(on, 'sender');
    await answered(sender, publishPacket('a', 'stands', { qos: 1, messageId: 1, retain: true }), 'puback');
    await answered(sender, publishPacket('b', 'twice', { qos: 2, messageId: 2, retain: true }), 'pubrec');
    const client = await dial(on, 'c', KEPT);
    await subscribe(client, { a: 1, b: 2 });
    await expectPayloads(client, ['stands', 'twice']);
    const ids = delivered(client).map(({ messageId }) => messageId);
    client.socket.destroy();
    const again = await dial(on, 'c', KEPT);
    await expectPayloads(again, ['stands', 'twice']);
    expect(delivered(again).map(({ messageId, dup, retain }) => ({ messageId, dup, retain }))).toEqual(
      ids.map((messageId) => ({ messageId, dup: true, retain: true })),
    );
    again.send({ cmd: 'puback', messageId: ids[0] ?? 0 });
    await answered(again, { cmd: 'pubrec', messageId: ids[1] ?? 0 }, 'pubrel');
    again.socket.destroy();
    const third = await dial(on, 'c', KEPT);
    expect(await third.expect('pubrel')).toMatchObject([{ messageId: ids[1] }]);
    await answered(third, { cmd: 'pingreq' }, 'pingresp');
    expect(payloads(third)).toEqual([]);
  });

  test('gets a message once although many of its filters match it [MQTT-3.3.5-1]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c', KEPT);
    await subscribe(client, { a: 1, '+': 1, '#': 1 });
    client.socket.destroy();
    const sender = await dial(on, 'sender');
    await publish(sender, ['x']);
    const again = await dial(on, 'c', KEPT);
    await eventually(() => expect(payloads(again)).toContain('x'));
    sender.send(publishPacket('a', 'end'));
    await eventually(() => expect(payloads(again)).toContain('end'));
    expect(payloads(again).filter((text) => text === 'x')).toHaveLength(1);
  });

  test('has a message sent again that many of its filters brought while it was there [MQTT-4.4.0-1]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c', KEPT);
    await subscribe(client, { a: 1, '+': 1, '#': 1 });
    await publish(await dial(on, 'sender'), ['x']);
    await eventually(() => expect(payloads(client)).toContain('x'));
    client.socket.destroy();
    const again = await dial(on, 'c', KEPT);
    await eventually(() => expect(delivered(again).find(({ payload }) => payload === 'x')?.dup).toBe(true));
  });

  test('gets its messages before those that come while they are sent [MQTT-4.6.0-6]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c', KEPT);
    await subscribe(client, { a: 1 });
    client.socket.destroy();
    const sender = await dial(on, 'sender');
    const texts = Array.from({ length: 1_000 }, (_, i) => String(i));
    const packets = texts.map((text, i) => bytesOf(publishPacket('a', text, { qos: 1, messageId: i + 1 })));
    sender.write(Buffer.concat(packets.slice(0, 900)));
    await sender.expect('puback', 900);
    const again = await sends(connectBytes({ ...KEPT, payload: ['c'] }), on);
    again.socket.once('data', () => sender.write(Buffer.concat(packets.slice(900))));
    await eventually(() => expect(new Set(payloads(again)).size).toBe(1_000));
    const firsts = [...new Set(payloads(again))];
    expect(firsts).toEqual(texts);
  });

  test('hears nothing before its CONNACK, and each message once, while it comes back [MQTT-3.2.0-1] [MQTT-4.6.0-6]', async () => {
    const on = await openBroker();
    const names = Array.from({ length: 20 }, (_, i) => `c${i}`);
    for (const name of names) await subscribe(await dial(on, name, KEPT), { a: 2, end: 0 });
    const sender = await dial(on, 'sender');
    const texts = Array.from({ length: 20 }, (_, i) => String(i));
    const clients = [];
    for (const [i, name] of names.entries()) {
      const client = rawMqtt(on.broker.mqttPort);
      await once(client.socket, 'connect');
      const packet = publishPacket('a', texts[i] ?? '', { qos: 1, messageId: i + 1 });
      // both are in the broker's next round
      client.write(connectBytes({ ...KEPT, payload: [name] }));
      sender.send(packet);
      clients.push(client);
    }
    await sender.expect('puback', 20);
    for (const client of clients) {
      await eventually(() => expect(payloads(client)).toHaveLength(20));
      expect(client.received[0]?.cmd).toBe('connack');
    }
    sender.send(publishPacket('end', 'end'));
    for (const client of clients) await expectPayloads(client, [...texts, 'end']);
  });
});

describe('a clean session', () => {
  test('ends one that is connected and kept with its take-over, and not before it has the place [MQTT-3.1.2-6] [MQTT-3.1.4-2]', async () => {
    const on = await openBroker();
    const kept = await dial(on, 'c', KEPT);
    await subscribe(kept, { a: 1 });
    // both are in the broker's next round: the SUBSCRIBE is taken while the session is being ended
    const clean = await sends(connectBytes({ payload: ['c'] }), on);
    kept.send({ cmd: 'subscribe', messageId: 7, subscriptions: [{ topic: 'b', qos: 1 }] });
    await clean.expect('connack');
    await kept.closed();
    clean.socket.destroy();
    expect((await dial(on, 'c', KEPT)).isSessionPresent).toBe(false);
  });

  test('is acknowledged when the one that was kept is gone from the disk [MQTT-3.1.2-6]', async () => {
    const folder = join(tempFolder(), 'sessions');
    const log = silentLog();
    const on = await testBroker({ access: 'open' }, [], await openDisk(folder, { log }));
    const kept = await dial(on, 'c', KEPT);
    await subscribe(kept, { a: 1 });
    kept.socket.destroy();
    await publish(await dial(on, 'sender'), ['waits']);
    await dial(on, 'c');
    const killed = join(tempFolder(), 'copy');
    cpSync(folder, killed, { recursive: true });
    const found = await openDisk(killed, { log });
    onTestFinished(() => found?.close());
    expect([...(found?.found.keys() ?? [])]).toEqual([]);
  });

  test('costs the disk nothing where none was kept', async () => {
    const real = await openDisk(join(tempFolder(), 'sessions'), { log: silentLog() });
    if (real === undefined) throw new Error('the folder was not opened');
    let writes = 0;
    const write: typeof real.write = (changes) => {
      writes += 1;
      return real.write(changes);
    };
    const on = await testBroker({ access: 'open' }, [], { ...real, write });
    for (let i = 0; i < 100; i += 1) (await dial(on, `c${i}`)).socket.destroy();
    await on.broker.stop();
    expect(writes).toBe(0);
  });

  test('ends with its connection, and not before [MQTT-3.1.2-6] [MQTT-4.1.0-2]', async () => {
    const on = await openBroker();
    const client = await dial(on, 'c');
    await subscribe(client, { a: 1 });
    const sender = await dial(on, 'sender');
    await publish(sender, ['live']);
    await expectPayloads(client, ['live']);
    client.socket.destroy();
    await publish(sender, ['lost']);
    const again = await dial(on, 'c');
    await subscribe(again, { b: 0 });
    sender.send(publishPacket('b', 'new'));
    await expectPayloads(again, ['new']);
  });
});

describe('a session of a device', () => {
  test('is kept for its commands, and shows what it missed (section 3.1.2.4)', async () => {
    const on = await testBroker();
    const device = await on.raw('river-01', { clean: false });
    await subscribe(device, { 'v1/river-01/commands/#': 1, 'v1/river-01/config': 1 });
    device.socket.destroy();
    const again = await on.raw('river-01', { clean: false });
    expect(again.received[0]).toMatchObject({ cmd: 'connack', sessionPresent: true });
  });

  test('that was revoked is dropped: whoever has its name later does not find it (section 3.1.2.4)', async () => {
    const on = await testBroker();
    const revoked = await on.raw('river-01', { clean: false });
    await subscribe(revoked, { 'v1/river-01/commands/#': 1 });
    const stays = await on.raw('air-07', { clean: false });
    await subscribe(stays, { 'v1/air-07/commands/#': 1 });
    const operator = await on.raw('operator', { password: OPERATOR_TOKEN, clean: false });
    await subscribe(operator, { 'v1/alerts/#': 1 });
    on.credentials.revoke('river-01');
    on.credentials.refresh();
    await revoked.closed();
    on.credentials.add('river-01', secretOf('river-01'));
    on.credentials.refresh();
    const present = async (name: string, options = {}): Promise<unknown> => {
      const [connack] = (await on.raw(name, { clean: false, ...options })).received;
      return connack?.cmd === 'connack' && connack.sessionPresent;
    };
    expect(await present('river-01')).toBe(false);
    expect(await present('air-07')).toBe(true);
    expect(await present('operator', { password: OPERATOR_TOKEN })).toBe(true);
  });

  test('that was revoked leaves nothing behind: neither what waited for it, nor its status (section 3.1.2.4)', async () => {
    const on = await testBroker();
    const operator = await on.raw('operator', { password: OPERATOR_TOKEN });
    await subscribe(operator, { 'v1/#': 1 });
    const will = { topic: 'v1/river-01/status', payload: 'offline', retain: true };
    const revoked = await on.raw('river-01', { clean: false, will });
    await subscribe(revoked, { 'v1/river-01/commands/#': 1 });
    const stays = await on.raw('air-07');
    for (const [client, device] of [
      [revoked, 'river-01'],
      [stays, 'air-07'],
    ] as const) {
      await answered(
        client,
        publishPacket(`v1/${device}/status`, 'online', { qos: 1, messageId: 1, retain: true }),
        'puback',
      );
    }
    on.credentials.revoke('river-01');
    on.credentials.refresh();
    await revoked.closed();
    // told to who listens, and the will of the connection that was cut is heard and not kept
    await eventually(() => expect(payloads(operator).toSorted()).toEqual(['', 'offline', 'online', 'online']));
    const late = await on.raw('operator', { password: OPERATOR_TOKEN, clientId: 'late' });
    await subscribe(late, { 'v1/+/status': 1 });
    await eventually(() => expect(delivered(late).map(({ topic }) => topic)).toEqual(['v1/air-07/status']));
    await answered(late, { cmd: 'pingreq' }, 'pingresp');
    expect(delivered(late)).toHaveLength(1);
  });

  test('that was revoked while no broker ran is dropped too, and no session is while there is no registry (section 3.1.2.4)', async () => {
    const folder = join(tempFolder(), 'sessions');
    const start = async (devices: readonly string[]): Promise<TestBroker> =>
      testBroker({}, devices, await openDisk(folder, { log: silentLog() }));
    const isPresent = async (on: TestBroker, device: string): Promise<boolean> => {
      const [connack] = (await on.raw(device, { clean: false })).received;
      return connack?.cmd === 'connack' && connack.sessionPresent;
    };
    const first = await start(['river-01', 'air-07']);
    for (const device of ['river-01', 'air-07']) {
      const client = await first.raw(device, { clean: false });
      await subscribe(client, { [`v1/${device}/commands/#`]: 1 });
      await answered(
        client,
        publishPacket(`v1/${device}/status`, 'on', { qos: 1, messageId: 1, retain: true }),
        'puback',
      );
    }
    await first.broker.stop();
    await (await start([])).broker.stop();
    const third = await start(['air-07']);
    third.credentials.add('river-01', secretOf('river-01'));
    third.credentials.refresh();
    expect([await isPresent(third, 'river-01'), await isPresent(third, 'air-07')]).toEqual([false, true]);
    const operator = await third.raw('operator', { password: OPERATOR_TOKEN });
    await subscribe(operator, { 'v1/+/status': 1 });
    await eventually(() => expect(delivered(operator).map(({ topic }) => topic)).toEqual(['v1/air-07/status']));
  });
});
