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

/** Aedes with this patch only. The unsubscriptions of a closing client can be delayed. */
const patched = async () => {
  const aedes = await Aedes.createBroker();
  onTestFinished(() => new Promise((resolve) => aedes.close(() => resolve())));
  const keeping = await startSessions(aedes, DEPS);
  patchTakeOver(aedes, keeping.end, () => undefined);
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

describe('a client that takes over a client id while the old client is being closed', () => {
  const takenOver = async () => {
    const at = await patched();
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

  test('holds the client id afterwards, and is closed by the next client [MQTT-3.1.4-2]', async () => {
    const { aedes, next, holder, dial } = await takenOver();
    expect(holder()).toBe(next.client);
    expect(aedes.connectedClients).toBe(1);
    const last = await dial();
    expect(next.client.closed).toBe(true);
    expect(holder()).toBe(last.client);
    await eventually(() => expect(aedes.connectedClients).toBe(1));
  });

  test('counts as connected with the persistent session [MQTT-3.1.2-4]', async () => {
    const { aedes, keeping, next } = await takenOver();
    // the only session of its owner is not evicted while it is connected
    const other = dialAedes(aedes).client;
    Reflect.set(other, 'id', 'other');
    expect(keeping.mayPersist(other)).toBe(false);
    next.client.close();
    await eventually(() => expect(keeping.mayPersist(other)).toBe(true));
  });
});

test('a client whose session is dropped while it reconnects is closed after its CONNACK [MQTT-3.2.2-3]', async () => {
  const { aedes, keeping, dial } = await patched();
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

test('a client that disconnects during its authentication is not registered', async () => {
  const { aedes, holder } = await patched();
  const { client } = dialAedes(aedes);
  client.close();
  Reflect.set(client, 'id', 'c');
  const register: unknown = Reflect.get(aedes, 'registerClient');
  if (typeof register !== 'function') throw new Error('no registerClient');
  Reflect.apply(register, aedes, [client]);
  expect(holder()).toBeUndefined();
  expect(aedes.connectedClients).toBe(0);
});

describe('a client that was not registered', () => {
  test('does not remove the holder of its client id', async () => {
    const { aedes, holder, dial } = await patched();
    const { client } = await dial();
    const left: Client[] = [];
    aedes.on('clientDisconnect', (gone) => left.push(gone));
    // as if it disconnected between its authentication and its registration
    const other = dialAedes(aedes).client;
    Reflect.set(other, 'id', 'c');
    Reflect.set(other, '_authorized', true);
    other.close();
    await eventually(() => expect(other.conn.destroyed).toBe(true));
    expect([holder(), aedes.connectedClients, left]).toEqual([client, 1, []]);
  });

  test('does not end the session when it was refused', async () => {
    const { aedes, dial } = await patched();
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
