import { join } from 'node:path';
import { Aedes, type Client, type PublishPacket } from 'aedes';
import { describe, expect, onTestFinished, test } from 'vitest';
import { applyPatches } from '#broker/mqtt/patches/apply.ts';
import { limitOf } from '#broker/mqtt/patches/limit-errors.ts';
import { patchPacketIds } from '#broker/mqtt/patches/delivery/packet-ids.ts';
import { openDisk } from '#broker/sessions/disk.ts';
import { startSessions } from '#broker/sessions/start.ts';
import { type TopicFilter, encodePacket, encodeSession, messageKey, sessionKey } from '#broker/sessions/records.ts';
import { SessionSettings } from '#broker/sessions/settings.ts';
import { systemClock } from '#model/base/clock.ts';
import { type AedesPeer, dialAedes } from '#test/support/servers/aedes-peer.ts';
import { eventually } from '#test/support/eventually.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const log = silentLog();

/** A folder with a session of `c` and its messages: sent with these packet ids, or not sent yet. */
const folderWith = async (packetIds: readonly (number | undefined)[]): Promise<string> => {
  const folder = join(tempFolder(), 'sessions');
  const disk = await openDisk(folder, { log });
  const filters: TopicFilter[] = [{ topic: 'a', qos: 1 }];
  const session = encodeSession({ owner: '', seenAt: systemClock.now(), isConnected: false, filters });
  const messages = packetIds.map((messageId, i) => ({
    key: messageKey('c', i + 1),
    value: encodePacket({ cmd: 'publish', topic: 'a', qos: 1, messageId, payload: 'old' }),
  }));
  await disk?.write([{ key: sessionKey('c'), value: session }, ...messages]);
  await disk?.close();
  return folder;
};

interface Circumstances {
  /** True when the client may receive the message. */
  readonly isHeard?: (packet: PublishPacket) => boolean;
  /** Ids above this one are in use. */
  readonly most?: number;
}

const isAny = (): boolean => true;

/** Aedes with such a folder, and a client with a known first packet id. */
const started = async (
  packetIds: readonly (number | undefined)[],
  { isHeard = isAny, most = 65_535 }: Circumstances = {},
) => {
  const aedes = await Aedes.createBroker({ authorizeForward: (_client, packet) => (isHeard(packet) ? packet : null) });
  const disk = await openDisk(await folderWith(packetIds), { log });
  const persistence = await startSessions(aedes, {
    clock: systemClock,
    log,
    disk,
    limited: () => undefined,
    bounds: SessionSettings.parse({}),
    retained: { retainedMessages: 10, retainedBytes: 1_000 },
    ownerOf: () => '',
    isValid: () => true,
    statusOwnerOf: () => undefined,
    isNotRetained: () => false,
    readingOwners: [],
  });
  const isInUse = (client: string, id: number): boolean => id > most || persistence.isInUse(client, id);
  const patches = applyPatches(aedes, {
    isAllowed: isAny,
    maxReleases: 100,
    onForgotten: () => undefined,
    onTakenOver: () => undefined,
    persistence: { isInUse, end: persistence.end },
  });
  onTestFinished(async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await persistence.stop();
  });
  const dial = (begin: number, clean = false): AedesPeer =>
    dialAedes(aedes, {
      clean,
      prepare: (client: Client) => {
        Reflect.set(client, '_nextId', begin);
        patches.patchClient(client, {
          clock: systemClock,
          isStopping: () => false,
          onClosed: () => undefined,
          onLateBytes: () => undefined,
          onDrained: () => undefined,
          maxQos: 2,
          onMalformed: () => undefined,
          onLevel: () => undefined,
        });
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
  test('of a new message differs from those that wait in a session from disk [MQTT-2.3.1-4] [MQTT-4.3.2-1]', async () => {
    const { dial, publish } = await started([5, 6, 8]);
    const peer = dial(5);
    await eventually(() => expect(idsOf(peer, 'old')).toEqual([5, 6, 8]));
    for (let i = 0; i < 3; i += 1) await publish('new');
    await eventually(() => expect(idsOf(peer, 'new')).toEqual([7, 9, 10]));
  });

  test('of a waiting message that was not sent yet differs from the other waiting ones', async () => {
    const { dial } = await started([5, undefined, 6]);
    const peer = dial(5);
    await eventually(() => expect(idsOf(peer, 'old')).toEqual([5, 7, 6]));
  });

  test('is free after its acknowledgement [MQTT-2.3.1-4]', async () => {
    const { dial, publish } = await started([5, 6]);
    const peer = dial(4);
    await eventually(() => expect(idsOf(peer, 'old')).toEqual([5, 6]));
    peer.send({ cmd: 'puback', messageId: 5 });
    peer.send({ cmd: 'pingreq' });
    await peer.expect('pingresp');
    for (let i = 0; i < 3; i += 1) await publish('new');
    await eventually(() => expect(idsOf(peer, 'new')).toEqual([4, 5, 7]));
  });

  test('of a clean session is not reused before its acknowledgement, and is never 0 [MQTT-2.3.1-1] [MQTT-2.3.1-4]', async () => {
    const { dial, publish } = await started([]);
    const peer = dial(65_535, true);
    await peer.expect('connack');
    peer.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] });
    await peer.expect('suback');
    for (let i = 0; i < 3; i += 1) await publish('first');
    await eventually(() => expect(idsOf(peer, 'first')).toEqual([65_535, 1, 2]));
    peer.send({ cmd: 'puback', messageId: 1 });
    await publish('second');
    await eventually(() => expect(idsOf(peer, 'second')).toEqual([3]));
  });

  test('of a message that the client may not receive is free again', async () => {
    const isHeard = ({ payload }: PublishPacket): boolean => payload.toString() !== 'secret';
    const { dial, publish } = await started([], { isHeard, most: 2 });
    const peer = dial(1, true);
    await peer.expect('connack');
    peer.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] });
    await peer.expect('suback');
    for (let i = 0; i < 3; i += 1) await publish('secret');
    for (let i = 0; i < 2; i += 1) await publish('open');
    await eventually(() => expect(idsOf(peer, 'open')).toEqual([2, 1]));
    expect(peer.client.closed).toBe(false);
  });

  test('is not available when all ids wait, and the connection is closed', async () => {
    const { dial, publish } = await started([], { most: 2 });
    const peer = dial(1, true);
    await peer.expect('connack');
    peer.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] });
    await peer.expect('suback');
    const errors: Error[] = [];
    peer.client.on('error', (error: Error) => errors.push(error));
    for (let i = 0; i < 4; i += 1) await publish('x');
    await eventually(() => expect(peer.client.closed).toBe(true));
    expect(errors.map(limitOf)).toEqual(['packet-ids']);
    expect(idsOf(peer, 'x')).toEqual([1, 2]);
  });
});

describe('the packet ids of a client', () => {
  /** The packet ids of a client of a bare Aedes, with this first id. */
  const idsFrom = async (first: number, isKept: (id: number) => boolean = () => false) => {
    const aedes = await Aedes.createBroker();
    onTestFinished(() => new Promise((resolve) => aedes.close(() => resolve())));
    const { client } = dialAedes(aedes);
    Reflect.set(client, '_nextId', first);
    return { client, ids: patchPacketIds(client, isKept) };
  };

  test('wrap around and skip ids that wait for an acknowledgement or in the session [MQTT-2.3.1-4]', async () => {
    const { ids } = await idsFrom(65_534, (id) => id === 2);
    expect([ids.take(), ids.take(), ids.take(), ids.take()]).toEqual([65_534, 65_535, 1, 3]);
    const rest = Array.from({ length: 65_530 }, () => ids.take());
    expect(rest).toEqual(Array.from({ length: 65_530 }, (_, i) => i + 4));
    ids.giveBack(3);
    expect(ids.take()).toBe(3);
  });

  test('add no accessor to the client, which V8 would access slowly', async () => {
    const { client } = await idsFrom(1);
    const accessors = Object.entries(Object.getOwnPropertyDescriptors(client)).filter(
      ([, { get }]) => get !== undefined,
    );
    expect(accessors).toEqual([]);
  });

  test('are exhausted when all of them wait: the client is closed, and the search ends', async () => {
    let looked = 0;
    const { client, ids } = await idsFrom(1, () => {
      looked += 1;
      return true;
    });
    const errors: Error[] = [];
    client.on('error', (error: Error) => errors.push(error));
    expect(ids.take()).toBeUndefined();
    expect(client.closed).toBe(true);
    expect(errors.map(limitOf)).toEqual(['packet-ids']);
    expect([ids.take(), looked]).toEqual([undefined, 65_535]);
  });
});
