import { describe, expect, test } from 'vitest';
import { PersistentSessions } from '#broker/sessions/persistent-sessions.ts';
import { WriteBehind } from '#broker/sessions/write-behind.ts';
import { encodePacket, messageKey, readRecord, retainedKey } from '#broker/sessions/records.ts';
import { matchesLevels } from '#broker/mqtt/filter.ts';
import { SessionSettings } from '#broker/sessions/settings.ts';
import { days } from '#model/base/duration.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const someSessions = (bounds: Readonly<Record<string, unknown>> = {}) => {
  const clock = manualClock();
  const log = silentLog();
  const mirror = new WriteBehind({ clock, log, disk: undefined, all: () => [] });
  const sessions = new PersistentSessions({
    clock,
    log,
    bounds: SessionSettings.parse(bounds),
    writeBehind: () => mirror,
  });
  return { clock, sessions };
};

const aClient = (device: string, suffix?: string) => ({
  clientId: suffix === undefined ? device : `${device}.${suffix}`,
  owner: `device ${device}`,
  connection: {},
});

describe('persistent sessions', () => {
  test('expire after their time of absence, and not while they are connected', () => {
    const { clock, sessions } = someSessions({ absent: '30d' });
    const away = sessions.obtain(aClient('dev-1'))?.session;
    sessions.obtain(aClient('dev-2'));
    if (away !== undefined) away.connection = undefined;
    clock.set(clock.now() + days(29).ms);
    expect(sessions.expire()).toEqual([]);
    clock.set(clock.now() + days(2).ms);
    expect(sessions.expire()).toEqual([away]);
    expect(sessions.all().map(({ clientId }) => clientId)).toEqual(['dev-2']);
  });

  test('count as seen at the start of the broker when they were connected at its end', () => {
    const { clock, sessions } = someSessions();
    const record = { owner: 'device dev-1', seenAt: clock.now() - days(90).ms, filters: [] };
    sessions.restore('dev-1', { ...record, isConnected: true });
    sessions.restore('dev-2', { ...record, isConnected: false });
    expect(sessions.expire().map(({ clientId }) => clientId)).toEqual(['dev-2']);
  });

  test('are not evicted by a newer one while they are all connected', () => {
    const { sessions } = someSessions({ perOwner: 2 });
    for (const id of ['a', 'b']) expect(sessions.obtain(aClient('dev-1', id))).toBeDefined();
    expect(sessions.hasRoomFor(aClient('dev-1', 'c'))).toBe(false);
    expect(sessions.obtain(aClient('dev-1', 'c'))).toBeUndefined();
    expect(sessions.hasRoomFor(aClient('dev-1', 'b'))).toBe(true);
    expect(sessions.obtain(aClient('dev-2'))).toBeDefined();
    expect(sessions.size).toBe(3);
  });
});

describe('a retained message for a new subscription', () => {
  const ofBytes = (count: number) => ({ cmd: 'publish', topic: 'a', qos: 1, payload: Buffer.alloc(count) });

  test.for([
    ['messages', { messages: 1 }],
    ['bytes of the session', { bytes: '2000' }],
    ['bytes of all sessions', { allBytes: '2000' }],
  ] as const)('is stored when there is room, and evicts no waiting message: %s', ([, bounds]) => {
    const { sessions } = someSessions(bounds);
    const session = sessions.open(aClient('dev-1'));
    if (session === undefined) throw new Error('it was not opened');
    sessions.enqueueIfRoom(session, ofBytes(1_000));
    sessions.enqueueIfRoom(session, ofBytes(1_001));
    expect(session.queue.all().map(({ packet }) => packet.payload?.length)).toEqual([1_000]);
    expect(sessions.dropped).toBe(0);
  });
});

describe('a session without subscriptions', () => {
  const filter = { topic: 'a', qos: 1 } as const;

  test('evicts only sessions without subscriptions, and is evicted first', () => {
    const { sessions } = someSessions({ perOwner: 2 });
    const kept = sessions.obtain(aClient('dev-1', 'a'))?.session;
    kept?.filters.set('a', filter);
    const empty = sessions.open(aClient('dev-1', 'b'));
    for (const each of [kept, empty]) if (each !== undefined) each.connection = undefined;
    expect(sessions.open(aClient('dev-1', 'c'))?.clientId).toBe('dev-1.c');
    expect(sessions.all().map(({ clientId }) => clientId)).toEqual(['dev-1.a', 'dev-1.c']);
    const [, next] = sessions.all();
    if (next !== undefined) next.connection = undefined;
    // although the other session was absent longer
    const made = sessions.obtain(aClient('dev-1', 'd'));
    expect(made?.evicted?.clientId).toBe('dev-1.c');
    made?.session.filters.set('a', filter);
    if (made !== undefined) made.session.connection = undefined;
    expect(sessions.open(aClient('dev-1', 'e'))).toBeUndefined();
  });

  test('uses half of the limit at most', () => {
    const { sessions } = someSessions({ all: 4 });
    const opened = ['1', '2', '3'].map((n) => sessions.open(aClient(`dev-${n}`)) !== undefined);
    expect(opened).toEqual([true, true, false]);
    expect(sessions.obtain(aClient('dev-3'))).toBeDefined();
  });

  test('does not cause the routing of readings', () => {
    const { sessions } = someSessions();
    const session = sessions.open(aClient('dev-1'));
    if (session === undefined) throw new Error('it was not opened');
    expect(sessions.hasSubscriptions('device dev-1')).toBe(false);
    session.filters.set('a', filter);
    sessions.save(session);
    expect(sessions.hasSubscriptions('device dev-1')).toBe(true);
    sessions.remove(session);
    expect(sessions.hasSubscriptions('device dev-1')).toBe(false);
  });
});

describe('a record', () => {
  test('of a message has its exact payload, and a client id of any characters', () => {
    const payload = Buffer.from([0, 10, 255, 10, 123]);
    const packet = { cmd: 'publish', topic: 'a/b', qos: 1, retain: false, brokerId: 'x', brokerCounter: 3, payload };
    const found = readRecord(messageKey('an:odd/id ü', 7), encodePacket({ ...packet, messageId: undefined }));
    expect(found).toEqual({ kind: 'message', clientId: 'an:odd/id ü', place: 7, packet });
  });

  test.for([
    ['cut off', retainedKey('a'), '{"cmd":"publ'],
    ['of no kind', 'strange:a', '{"cmd":"publish"}\n'],
    ['that is no session', 'session:a', '{"owner":1}'],
    ['empty', 'message:a:1', ''],
  ])('%s is not a record', ([, key = '', value = '']) => {
    expect(readRecord(key, Buffer.from(value))).toBeUndefined();
  });
});

test.for([
  ['v1/+/status', 'v1/a/status', true],
  ['v1/#', 'v1', true],
  ['v1/#', 'v1/a/b', true],
  ['v1/+', 'v1/a/b', false],
  ['v1/+/b/c', 'v1/a/b', false],
  ['#', '$SYS/x', false],
  ['+/x', '$SYS/x', false],
  ['$SYS/+', '$SYS/x', true],
] as const)('the filter %s matches %s: %s', ([filter, topic, expected]) => {
  expect(matchesLevels(filter.split('/'), topic.split('/'))).toBe(expected);
});
