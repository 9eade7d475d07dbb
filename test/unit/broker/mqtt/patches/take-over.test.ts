import { Aedes, type Client } from 'aedes';
import { describe, expect, onTestFinished, test } from 'vitest';
import { patchTakeOver } from '#broker/mqtt/patches/take-over.ts';
import { type StartSessionsDeps, startSessions } from '#broker/sessions/start.ts';
import { SessionSettings } from '#broker/sessions/settings.ts';
import { systemClock } from '#model/base/clock.ts';
import { type AedesPeer, dialAedes } from '#test/support/servers/aedes-peer.ts';
import { eventually } from '#test/support/eventually.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const DEPS: StartSessionsDeps = {
  clock: systemClock,
  log: silentLog(),
  disk: undefined,
  limited: () => undefined,
  bounds: SessionSettings.parse({ perOwner: 1 }),
  retained: { retainedMessages: 10, retainedBytes: 1_000 },
  ownerOf: () => 'device c',
  isValid: () => true,
  statusOwnerOf: () => undefined,
  isNotRetained: () => false,
  readingOwners: [],
};

/** Aedes with nothing but this mended. A client that leaves can be held up in giving its subscriptions back. */
const mended = async () => {
  const aedes = await Aedes.createBroker();
  onTestFinished(() => new Promise((resolve) => aedes.close(() => resolve())));
  const keeping = await startSessions(aedes, DEPS);
  patchTakeOver(aedes, keeping.end);
  const held: (() => void)[] = [];
  const unsubscribe = aedes.unsubscribe.bind(aedes);
  const holdUp = (): (() => void) => {
    aedes.unsubscribe = (...given) => void held.push(() => unsubscribe(...given));
    return () => {
      aedes.unsubscribe = unsubscribe;
      for (const release of held) release();
    };
  };
  const dial = async (): Promise<AedesPeer> => {
    const peer = dialAedes(aedes);
    await peer.expect('connack');
    return peer;
  };
  const holder = (): unknown => Reflect.get(Reflect.get(aedes, 'clients'), 'c');
  return { aedes, keeping, dial, holder, holdUp };
};

describe('a client that takes a place while the one before is leaving it', () => {
  const takenOver = async () => {
    const at = await mended();
    const before = await at.dial();
    before.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] });
    await before.expect('suback');
    const left: Client[] = [];
    at.aedes.on('clientDisconnect', (client) => left.push(client));
    const release = at.holdUp();
    before.client.close();
    const next = await at.dial();
    expect(left).toEqual([]);
    release();
    await eventually(() => expect(left).toEqual([before.client]));
    return { ...at, next };
  };

  test('has it afterwards, and is closed by the one that comes next [MQTT-3.1.4-2]', async () => {
    const { aedes, next, holder, dial } = await takenOver();
    expect(holder()).toBe(next.client);
    expect(aedes.connectedClients).toBe(1);
    const last = await dial();
    expect(next.client.closed).toBe(true);
    expect(holder()).toBe(last.client);
    await eventually(() => expect(aedes.connectedClients).toBe(1));
  });

  test('counts as connected with the session that is kept [MQTT-3.1.2-4]', async () => {
    const { aedes, keeping, next } = await takenOver();
    // the only session of its owner makes no room for another while it is connected
    const other = dialAedes(aedes).client;
    Reflect.set(other, 'id', 'other');
    expect(keeping.mayPersist(other)).toBe(false);
    next.client.close();
    await eventually(() => expect(keeping.mayPersist(other)).toBe(true));
  });
});

test('a client whose session is dropped while it comes back is not left to believe that it has it [MQTT-3.2.2-3]', async () => {
  const { aedes, keeping, dial } = await mended();
  const before = await dial();
  before.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] });
  await before.expect('suback');
  before.client.close();
  const subscribe = aedes.subscribe.bind(aedes);
  aedes.subscribe = (...given) => {
    keeping.drop(() => true);
    subscribe(...given);
  };
  const told = await dial();
  expect(told.received[0]).toMatchObject({ cmd: 'connack', sessionPresent: true });
  await eventually(() => expect(told.client.closed).toBe(true));
  expect((await dial()).received[0]).toMatchObject({ cmd: 'connack', sessionPresent: false });
});

test('a client that left while its CONNECT was judged takes no place', async () => {
  const { aedes, holder } = await mended();
  const { client } = dialAedes(aedes);
  client.close();
  Reflect.set(client, 'id', 'c');
  const register: unknown = Reflect.get(aedes, 'registerClient');
  if (typeof register !== 'function') throw new Error('no registerClient');
  Reflect.apply(register, aedes, [client]);
  expect(holder()).toBeUndefined();
  expect(aedes.connectedClients).toBe(0);
});

describe('one that never had the place', () => {
  test('takes none away from its holder when it goes', async () => {
    const { aedes, holder, dial } = await mended();
    const { client } = await dial();
    const left: Client[] = [];
    aedes.on('clientDisconnect', (gone) => left.push(gone));
    // as if it went after its CONNECT was granted and before it was registered
    const other = dialAedes(aedes).client;
    Reflect.set(other, 'id', 'c');
    Reflect.set(other, '_authorized', true);
    other.close();
    await eventually(() => expect(other.conn.destroyed).toBe(true));
    expect([holder(), aedes.connectedClients, left]).toEqual([client, 1, []]);
  });

  test('ends nothing of the session when it was refused', async () => {
    const { aedes, dial } = await mended();
    const heard: string[] = [];
    aedes.on('publish', ({ topic, payload }) => {
      if (topic === 'a') heard.push(payload.toString());
    });
    const packet = { cmd: 'publish', topic: 'a', payload: 'x', qos: 2, messageId: 7, retain: false } as const;
    const before = await dial();
    before.send({ ...packet, dup: false });
    await before.expect('pubrec');
    before.client.close();
    const { authenticate } = aedes;
    aedes.authenticate = (_client, _user, _password, done) => done(null, false);
    const stranger = dialAedes(aedes, { clean: true });
    await eventually(() => expect(stranger.client.closed).toBe(true));
    aedes.authenticate = authenticate;
    const again = await dial();
    again.send({ ...packet, dup: true });
    await again.expect('pubrec');
    expect(heard).toEqual(['x']);
  });
});
