import { join } from 'node:path';
import { Aedes, type Client } from 'aedes';
import { describe, expect, onTestFinished, test } from 'vitest';
import { closeGaps } from '#broker/aedes-gaps.ts';
import { limitOf } from '#broker/aedes-limits.ts';
import { givePacketIds } from '#broker/aedes-packet-ids.ts';
import { openDisk } from '#broker/persistence/disk.ts';
import { keepSessions } from '#broker/persistence/keep-sessions.ts';
import { type Filter, encodePacket, encodeSession, messageKey, sessionKey } from '#broker/persistence/records.ts';
import { SessionSettings } from '#broker/persistence/settings.ts';
import { systemClock } from '#model/clock.ts';
import { type AedesPeer, dialAedes } from '#test/support/aedes-peer.ts';
import { eventually } from '#test/support/eventually.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { tempFolder } from '#test/support/temp-folder.ts';

const log = silentLog();

/** A folder in which a session of `c` waits with messages that were sent with these packet ids. */
const folderWith = async (packetIds: readonly number[]): Promise<string> => {
  const folder = join(tempFolder(), 'sessions');
  const disk = await openDisk(folder, { log });
  const filters: Filter[] = [{ topic: 'a', qos: 1 }];
  const session = encodeSession({ owner: '', seenAt: systemClock.now(), isConnected: false, filters });
  const messages = packetIds.map((messageId, i) => ({
    key: messageKey('c', i + 1),
    value: encodePacket({ cmd: 'publish', topic: 'a', qos: 1, messageId, payload: 'old' }),
  }));
  await disk?.write([{ key: sessionKey('c'), value: session }, ...messages]);
  await disk?.close();
  return folder;
};

/** Aedes on such a folder, and a client of which the random number that Aedes begins with is known. */
const started = async (packetIds: readonly number[]) => {
  const aedes = await Aedes.createBroker();
  const disk = await openDisk(await folderWith(packetIds), { log });
  const keeping = await keepSessions(aedes, {
    ...{ clock: systemClock, log, disk, limited: () => undefined, bounds: SessionSettings.parse({}) },
    retained: { retainedMessages: 10, retainedBytes: 1_000 },
    ownerOf: () => '',
    isUnkept: () => false,
    listeners: [],
  });
  const gaps = closeGaps(aedes, { isAllowed: () => true, keeping, releasesInAll: 100, onForgotten: () => undefined });
  onTestFinished(async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await keeping.stop();
  });
  const dial = (begin: number, clean = false): AedesPeer =>
    dialAedes(aedes, {
      clean,
      prepare: (client: Client) => {
        Reflect.set(client, '_nextId', begin);
        gaps.mend(client, { maxQos: 2, onMalformed: () => undefined });
      },
    });
  const publish = (payload: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const packet = { cmd: 'publish', topic: 'a', qos: 1, payload, retain: false, dup: false } as const;
      aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  return { dial, publish };
};

const idsOf = ({ received }: AedesPeer, payload: string): (number | undefined)[] =>
  received.flatMap((packet) =>
    packet.cmd === 'publish' && packet.payload.toString() === payload ? [packet.messageId] : [],
  );

describe('a packet id', () => {
  test('of a new message is none that waits in the session, which was read from disk [MQTT-2.3.1-4] [MQTT-4.3.2-1]', async () => {
    const { dial, publish } = await started([5, 6, 8]);
    const peer = dial(5);
    await eventually(() => expect(idsOf(peer, 'old')).toEqual([5, 6, 8]));
    for (let i = 0; i < 3; i += 1) await publish('new');
    await eventually(() => expect(idsOf(peer, 'new')).toEqual([7, 9, 10]));
  });

  test('is free again once it was acknowledged [MQTT-2.3.1-4]', async () => {
    const { dial, publish } = await started([5, 6]);
    const peer = dial(4);
    await eventually(() => expect(idsOf(peer, 'old')).toEqual([5, 6]));
    peer.send({ cmd: 'puback', messageId: 5 });
    peer.send({ cmd: 'pingreq' });
    await peer.expect('pingresp');
    for (let i = 0; i < 3; i += 1) await publish('new');
    await eventually(() => expect(idsOf(peer, 'new')).toEqual([4, 5, 7]));
  });

  test('of a clean session is not given again before it was acknowledged, and never 0 [MQTT-2.3.1-1] [MQTT-2.3.1-4]', async () => {
    const { dial, publish } = await started([]);
    const peer = dial(65_535, true);
    await peer.expect('connack');
    peer.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] });
    await peer.expect('suback');
    for (let i = 0; i < 3; i += 1) await publish('first');
    await eventually(() => expect(idsOf(peer, 'first')).toEqual([65_535, 1, 2]));
    peer.send({ cmd: 'puback', messageId: 1 });
    peer.send({ cmd: 'pingreq' });
    await peer.expect('pingresp');
    // as if it had counted round
    Reflect.set(peer.client, '_nextId', 65_535);
    for (let i = 0; i < 2; i += 1) await publish('second');
    // to set it uses 3 up
    await eventually(() => expect(idsOf(peer, 'second')).toEqual([1, 4]));
  });

  test('that cannot be given, for all of them wait, closes the connection', async () => {
    const { dial, publish } = await started([]);
    const peer = dial(1, true);
    await peer.expect('connack');
    peer.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] });
    await peer.expect('suback');
    // as if as many had been sent
    for (let id = 2; id <= 65_536; id += 1) Reflect.set(peer.client, '_nextId', id);
    const errors: Error[] = [];
    peer.client.on('error', (error: Error) => errors.push(error));
    await publish('one too many');
    await eventually(() => expect(peer.client.closed).toBe(true));
    expect(errors.map(limitOf)).toEqual(['packet-ids']);
    expect(idsOf(peer, 'one too many')).toEqual([]);
  });

  test('is not looked for any more when the connection is closed for want of one', async () => {
    const aedes = await Aedes.createBroker();
    onTestFinished(() => new Promise((resolve) => aedes.close(() => resolve())));
    let looked = 0;
    const { client } = dialAedes(aedes, {
      prepare: (fresh) =>
        givePacketIds(fresh, () => {
          looked += 1;
          return true;
        }),
    });
    Reflect.get(client, '_nextId');
    expect(client.closed).toBe(true);
    expect(looked).toBe(65_535);
    Reflect.get(client, '_nextId');
    expect(looked).toBe(65_535);
  });
});
