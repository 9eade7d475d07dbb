import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDisk } from '#broker/sessions/disk.ts';
import { startBrokerClient } from '#broker/client/broker-client.ts';
import { systemClock } from '#model/base/clock.ts';
import { OPERATOR_TOKEN, secretOf, type TestBroker, testBroker } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { fillUp, smallDisk } from '#test/support/processes/small-disk.ts';
import { connectPacket, publishPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { expectPayloads, subscribe } from '#test/system/mqtt/wire.ts';
import { WAIT } from '#test/support/limits.ts';

const DEVICE = 'river-01';
const COMMAND = `v1/${DEVICE}/commands/c1`;
const KEPT = { clean: false } as const;

/** A broker on a folder that outlives it. */
const brokers = () => {
  const folder = join(tempFolder(), 'sessions');
  const log = silentLog();
  const start = async (settings: Readonly<Record<string, unknown>> = {}): Promise<TestBroker> =>
    testBroker(settings, undefined, await openDisk(folder, { log }));
  return { folder, log, start };
};

const linkOf = ({ broker }: TestBroker) => {
  const settings = { socketPath: broker.socketPath, timeout: WAIT, maxCalls: 8 };
  const link = startBrokerClient(settings, { clock: systemClock });
  onTestFinished(() => link.stop());
  return link;
};

const send = (at: TestBroker, topic: string, text: string, retain = false): Promise<void> =>
  linkOf(at).publish({ topic, payload: Buffer.from(text), qos: 1, retain });

/** Subscribes with a session that is kept, and goes. */
const sleep = async (at: TestBroker, filter = `v1/${DEVICE}/commands/+`): Promise<void> => {
  const device = await at.client(DEVICE, KEPT);
  await device.subscribeAsync(filter, { qos: 1 });
  await device.endAsync();
};

const heardBy = async (at: TestBroker, options = {}): Promise<{ client: MqttClient; heard: string[] }> => {
  const heard: string[] = [];
  const client = await at.client(DEVICE, { ...KEPT, ...options });
  client.on('message', (_topic, payload) => heard.push(payload.toString()));
  return { client, heard };
};

const metric = async (at: TestBroker, name: string): Promise<number> =>
  Number(new RegExp(`^${RegExp.escape(name)} (.*)$`, 'm').exec(await linkOf(at).metrics())?.[1]);

describe('a persistent session', () => {
  test('is not begun for a device that is revoked while its CONNECT is judged', async () => {
    const at = await brokers().start();
    const { match } = at.credentials;
    at.credentials.match = (id, secret) => {
      const hash = match(id, secret);
      at.credentials.revoke(id);
      queueMicrotask(() => at.credentials.refresh());
      return hash;
    };
    const device = rawMqtt(at.broker.mqttPort);
    device.send(connectPacket({ clientId: DEVICE, username: DEVICE, password: secretOf(DEVICE), ...KEPT }));
    await device.closed();
    expect(at.log.lines.map(({ fields }) => fields['reason'])).toContain('revoked');
    expect(await metric(at, 'klawing_broker_persistent_sessions')).toBe(0);
  });

  test('outlives the broker: its subscription, and the commands that came before and after', async () => {
    const { start } = brokers();
    const first = await start();
    await sleep(first);
    await send(first, COMMAND, 'before');
    await first.broker.stop();
    const second = await start();
    await send(second, COMMAND, 'after');
    const { heard, client } = await heardBy(second);
    await eventually(() => expect(heard).toEqual(['before', 'after']));
    await eventually(async () => expect(await metric(second, 'klawing_broker_session_messages')).toBe(0));
    await client.endAsync();
    await second.broker.stop();
    const third = await start();
    const again = await heardBy(third);
    await send(third, COMMAND, 'last');
    await eventually(() => expect(again.heard).toEqual(['last']));
  });

  test('is on disk when it is acknowledged', async () => {
    const { folder, start, log } = brokers();
    const device = await (await start()).client(DEVICE, KEPT);
    await device.subscribeAsync(`v1/${DEVICE}/commands/+`, { qos: 1 });
    const copy = join(tempFolder(), 'copy');
    cpSync(folder, copy, { recursive: true });
    const disk = await openDisk(copy, { log });
    onTestFinished(() => disk?.close());
    expect([...(disk?.found.keys() ?? [])]).toEqual([`session:${DEVICE}`]);
  });

  test('has a command and the configuration on disk before ingest gets the answer', async () => {
    const { folder, start, log } = brokers();
    const first = await start();
    await sleep(first);
    await send(first, COMMAND, 'kept');
    await send(first, `v1/${DEVICE}/config`, '{"interval":30}', true);
    const copy = join(tempFolder(), 'copy');
    cpSync(folder, copy, { recursive: true });
    const disk = await openDisk(copy, { log });
    onTestFinished(() => disk?.close());
    const kinds = [...(disk?.found.keys() ?? [])].map((key) => key.replace(/:.*/, ''));
    expect(kinds.toSorted()).toEqual(['message', 'retained', 'session']);
  });

  test('of which a message was delivered costs the disk nothing in the end', async () => {
    const { folder, start, log } = brokers();
    const first = await start();
    const { client, heard } = await heardBy(first);
    await client.subscribeAsync(`v1/${DEVICE}/commands/+`, { qos: 1 });
    for (let i = 0; i < 20; i += 1) await send(first, COMMAND, String(i));
    await eventually(() => expect(heard).toHaveLength(20));
    await eventually(async () => expect(await metric(first, 'klawing_broker_session_messages')).toBe(0));
    await first.broker.stop();
    const disk = await openDisk(folder, { log });
    onTestFinished(() => disk?.close());
    expect([...(disk?.found.keys() ?? [])].map((key) => key.split(':')[0])).toEqual(['session']);
  });

  test('ends with a clean connection of the same client, on disk too', async () => {
    const { folder, start, log } = brokers();
    const first = await start();
    await sleep(first);
    await send(first, COMMAND, 'never read');
    await (await first.client(DEVICE, { clean: true })).endAsync();
    await first.broker.stop();
    const disk = await openDisk(folder, { log });
    onTestFinished(() => disk?.close());
    expect([...(disk?.found.keys() ?? [])]).toEqual([]);
  });

  test('loses what ingest withdraws, and nothing else', async () => {
    const { start } = brokers();
    const at = await start();
    await sleep(at);
    await send(at, COMMAND, 'too late');
    await send(at, `v1/${DEVICE}/commands/c2`, 'in time');
    await linkOf(at).withdraw(COMMAND);
    const { heard } = await heardBy(at);
    await eventually(() => expect(heard).toEqual(['in time']));
  });

  test('that is subscribed to nothing is found again, and nothing is refused to it', async () => {
    const at = await brokers().start();
    const isPresent = async (): Promise<unknown> => {
      const [connack] = (await at.raw(DEVICE, KEPT)).received;
      return connack?.cmd === 'connack' && connack.sessionPresent;
    };
    expect([await isPresent(), await isPresent()]).toEqual([false, true]);
    expect(await metric(at, 'klawing_broker_refused_total{reason="subscribe"}')).toBe(0);
  });

  test('stands beside a retained config that ingest takes away with an empty one', async () => {
    const at = await brokers().start();
    for (const text of ['{"interval":30}', '']) await send(at, `v1/${DEVICE}/config`, text, true);
    expect(await metric(at, 'klawing_broker_retained_messages')).toBe(0);
  });
});

describe('a message that others overtake on their way', () => {
  test.for([true, false])('is heard all the same by a subscriber of everything, clean session: %s', async (clean) => {
    const { start } = brokers();
    const at = await start();
    const heard: string[] = [];
    const laptop = await at.client('operator', { password: OPERATOR_TOKEN, clientId: 'laptop', clean });
    laptop.on('message', (topic, payload) => {
      if (topic.startsWith('v1/alerts/')) heard.push(payload.toString());
    });
    await laptop.subscribeAsync('v1/#', { qos: 1 });
    const device = await at.client(DEVICE);
    const told = Array.from({ length: 40 }, (_, i) => String(i));
    const link = linkOf(at);
    let isTold = false;
    const readings = async (): Promise<void> => {
      while (!isTold) await device.publishAsync(`v1/${DEVICE}/readings`, '{"stage":1}', { qos: 1 });
    };
    const flow = readings();
    for (const state of told) {
      await link.publish({ topic: 'v1/alerts/S1/flood', payload: Buffer.from(state), qos: 1, retain: true });
    }
    isTold = true;
    await flow;
    await eventually(() => expect(heard).toEqual(told));
  });
});

describe('a reading without a waiting session', () => {
  test('writes nothing to the disk of sessions, although its device has a persistent session', async () => {
    const { folder, log } = brokers();
    const real = await openDisk(folder, { log });
    if (real === undefined) throw new Error('the folder was not opened');
    const written: string[] = [];
    const write: typeof real.write = (changes) => {
      written.push(...changes.map(({ key, value }) => `${key} ${value?.toString('latin1')}`));
      return real.write(changes);
    };
    const at = await testBroker({}, undefined, { ...real, write });
    const { client } = await heardBy(at);
    await client.subscribeAsync(`v1/${DEVICE}/commands/+`, { qos: 1 });
    await eventually(() => expect(written.join()).toContain('commands'));
    const before = new Set(written.map((record) => record.split(' ')[0]));
    for (let i = 0; i < 300; i += 1) await client.publishAsync(`v1/${DEVICE}/readings`, '{}', { qos: 1 });
    // a further subscription is written after anything that the readings have changed
    await client.subscribeAsync(`v1/${DEVICE}/config`, { qos: 1 });
    await eventually(() => expect(written.join()).toContain(`v1/${DEVICE}/config`));
    expect(written.join()).not.toContain('readings');
    expect(new Set(written.map((record) => record.split(' ')[0]))).toEqual(before);
    expect(at.journal.entries.filter(({ kind }) => kind === 'readings')).toHaveLength(300);
  });

  test('waits for no session after the operator has ended a persistent session', async () => {
    const { start } = brokers();
    const at = await start();
    const laptop = { ...KEPT, password: OPERATOR_TOKEN, clientId: 'laptop' };
    const operator = await at.client('operator', laptop);
    await operator.subscribeAsync('v1/#', { qos: 1 });
    await operator.endAsync();
    const device = await at.client(DEVICE);
    await device.publishAsync(`v1/${DEVICE}/readings`, '{}', { qos: 1 });
    await eventually(async () => expect(await metric(at, 'klawing_broker_session_messages')).toBeGreaterThan(0));
    await (await at.client('operator', { ...laptop, clean: true })).endAsync();
    await device.publishAsync(`v1/${DEVICE}/readings`, '{}', { qos: 1 });
    expect(await metric(at, 'klawing_broker_session_messages')).toBe(0);
    expect(await metric(at, 'klawing_broker_persistent_sessions')).toBe(0);
  });
});

describe('the limits of persistent sessions', () => {
  test('keep the newest messages, count the others, and say so once', async () => {
    const { start } = brokers();
    const at = await start({ sessions: { messages: 3 } });
    await sleep(at);
    for (const text of ['1', '2', '3', '4', '5']) await send(at, COMMAND, text);
    expect(await metric(at, 'klawing_broker_session_dropped_total')).toBe(2);
    expect(at.log.lines.filter(({ event }) => event.includes('oldest messages'))).toHaveLength(1);
    const { heard } = await heardBy(at);
    await eventually(() => expect(heard).toEqual(['3', '4', '5']));
  });

  test('hold the bytes of one and of all', async () => {
    const { start } = brokers();
    const at = await start({ sessions: { bytes: '4KiB', allBytes: '6KiB' } });
    await sleep(at);
    for (let i = 0; i < 40; i += 1) await send(at, COMMAND, 'x'.repeat(900));
    expect(await metric(at, 'klawing_broker_session_bytes')).toBeLessThanOrEqual(4_096);
    const laptop = await at.client('operator', { ...KEPT, password: OPERATOR_TOKEN, clientId: 'laptop' });
    await laptop.subscribeAsync('v1/#', { qos: 1 });
    await laptop.endAsync();
    const device = await at.client('air-07');
    for (let i = 0; i < 40; i += 1) await device.publishAsync('v1/air-07/readings', 'x'.repeat(900), { qos: 1 });
    await eventually(async () => expect(await metric(at, 'klawing_broker_session_dropped_total')).toBeGreaterThan(60));
    expect(await metric(at, 'klawing_broker_session_bytes')).toBeLessThanOrEqual(6 * 1_024);
  });

  test('let the session of a device that was absent longest make room for its next', async () => {
    const { start } = brokers();
    const at = await start({ sessions: { perOwner: 2 } });
    for (const id of ['a', 'b', 'c']) {
      const device = await at.client(DEVICE, { ...KEPT, clientId: `${DEVICE}.${id}` });
      await device.subscribeAsync(`v1/${DEVICE}/commands/+`, { qos: 1 });
      await device.endAsync();
      await eventually(() => expect(device.connected).toBe(false));
    }
    expect(await metric(at, 'klawing_broker_persistent_sessions')).toBe(2);
    await send(at, COMMAND, 'now');
    const heard = await Promise.all(
      ['a', 'c'].map(async (id) => (await heardBy(at, { clientId: `${DEVICE}.${id}` })).heard),
    );
    await eventually(() => expect(heard).toEqual([[], ['now']]));
  });

  test('grant no subscription to a session that cannot be kept, say so, and accept its readings', async () => {
    const { start } = brokers();
    const at = await start({ sessions: { perOwner: 2 } });
    const connected = await Promise.all(
      ['a', 'b'].map(async (id) => {
        const device = await at.raw(DEVICE, { ...KEPT, clientId: `${DEVICE}.${id}` });
        expect(await subscribe(device, { [`v1/${DEVICE}/commands/+`]: 1 })).toEqual([1]);
        return device;
      }),
    );
    const third = await at.raw(DEVICE, { ...KEPT, clientId: `${DEVICE}.c` });
    expect(await subscribe(third, { [`v1/${DEVICE}/commands/+`]: 1, [`v1/${DEVICE}/config`]: 1 })).toEqual([128, 128]);
    third.send(publishPacket(`v1/${DEVICE}/readings`, '{}', { qos: 1, messageId: 7 }));
    await third.expect('puback');
    expect(await metric(at, 'klawing_broker_refused_total{reason="session"}')).toBe(2);
    expect(at.log.lines.map(({ fields }) => fields)).toContainEqual(
      expect.objectContaining({ reason: 'session', client: `${DEVICE}.c` }),
    );
    connected[0]?.socket.destroy();
    await eventually(async () => expect(await metric(at, 'klawing_broker_connections')).toBe(2));
    expect(await subscribe(third, { [`v1/${DEVICE}/commands/+`]: 1 })).toEqual([1]);
    expect(await metric(at, 'klawing_broker_persistent_sessions')).toBe(2);
  });

  test('are the same for all together, and a clean session is served all the same', async () => {
    const { start } = brokers();
    const at = await start({ sessions: { all: 1, perOwner: 1 } });
    await sleep(at);
    const kept = await at.raw('air-07', KEPT);
    expect(await subscribe(kept, { 'v1/air-07/commands/+': 1 })).toEqual([128]);
    const clean = await at.raw('air-07');
    expect(await subscribe(clean, { 'v1/air-07/commands/+': 1 })).toEqual([1]);
    await send(at, 'v1/air-07/commands/c9', 'live');
    await expectPayloads(clean, ['live']);
    expect(await metric(at, 'klawing_broker_persistent_sessions')).toBe(1);
  });
});

describe('the folder of persistent sessions', () => {
  test('is moved aside when it cannot be read, and the broker starts with none', async () => {
    const { folder, log, start } = brokers();
    const first = await start();
    await sleep(first);
    await first.broker.stop();
    for (const name of readdirSync(folder))
      if (/MANIFEST|CURRENT/.test(name)) writeFileSync(join(folder, name), 'broken');
    const second = await start();
    expect(await metric(second, 'klawing_broker_persistent_sessions')).toBe(0);
    expect(log.lines.map(({ fields }) => fields['code'])).toContain('SESSIONS_DAMAGED');
    expect(readdirSync(join(folder, '..')).toSorted()).toEqual(['sessions', 'sessions.damaged']);
    await sleep(second);
    expect(await metric(second, 'klawing_broker_persistent_sessions')).toBe(1);
  });

  test('stays as it is while its disk is full, and the broker starts without', async ({ skip }) => {
    const disk = smallDisk(3) ?? skip('no disk of its own to fill');
    const log = silentLog();
    const folder = join(disk, 'sessions');
    const before = await openDisk(folder, { log });
    await before?.write([{ key: 'retained:v1/alerts/S1/flood', value: Buffer.from('{"cmd":"publish"}\nfiring') }]);
    await before?.close();
    const ballast = fillUp(disk, 0);
    const none = await openDisk(folder, { log });
    expect(none).toBeUndefined();
    expect(log.lines.map(({ fields }) => fields['code'])).toEqual(['SESSIONS_AWAY']);
    await testBroker({}, undefined, none);
    rmSync(ballast);
    const after = await openDisk(folder, { log });
    onTestFinished(() => after?.close());
    expect(after?.found.size).toBe(1);
    expect(readdirSync(disk)).not.toContain('sessions.damaged');
  });

  test('is of one broker at a time', async () => {
    const { folder, log, start } = brokers();
    await start();
    await expect(openDisk(folder, { log })).rejects.toMatchObject({ code: 'DATA_LOCKED' });
  });

  test('serves open access, where clients have no identity', async () => {
    const { start } = brokers();
    const first = await start({ access: 'open' });
    const one = await first.client('whoever', { ...KEPT, clientId: 'one' });
    await one.subscribeAsync('any/+/topic', { qos: 1 });
    await one.endAsync();
    const other = await first.client('whoever', { clientId: 'two' });
    await other.publishAsync('any/old/topic', 'waits', { qos: 1 });
    await other.publishAsync('kept/topic', 'retained', { qos: 1, retain: true });
    await eventually(async () => expect(await metric(first, 'klawing_broker_session_messages')).toBe(1));
    await first.broker.stop();
    const second = await start({ access: 'open' });
    const heard: string[] = [];
    const back = await second.client('whoever', { ...KEPT, clientId: 'one' });
    back.on('message', (_topic, payload) => heard.push(payload.toString()));
    await back.subscribeAsync('kept/#', { qos: 1 });
    await eventually(() => expect(heard.toSorted()).toEqual(['retained', 'waits']));
  });
});
