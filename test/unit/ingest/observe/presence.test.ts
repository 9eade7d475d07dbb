import { describe, expect, test } from 'vitest';
import type { Presence } from '#storage/operations/alerting.ts';
import { observe, apply } from '#ingest/observe/observe.ts';
import { presenceAfter } from '#ingest/observe/presence.ts';
import type { Entry, EntryKind } from '#model/readings/packet.ts';
import { columnsOf } from '#model/readings/columns.ts';

const entry = (kind: EntryKind, connection: number, text = '', receivedAt = 1_000): Entry => ({
  kind,
  connection,
  sender: kind === 'broker-started' ? '' : 'd',
  topic: 'v1/d/status',
  payload: Buffer.from(text),
  qos: 1,
  dup: false,
  packetId: 1,
  receivedAt,
  sequence: 1,
});

const online = (connection: number, since = 500): Presence => ({ device: 'd', state: 'online', since, connection });

const NONE = columnsOf([]);

describe('presence', () => {
  test.for(['online', '{"state":"online","fw":"1.2"}', ' online\n'])('follows a birth of %j', (text) => {
    expect(presenceAfter(entry('status', 7, text), undefined)).toEqual(online(7, 1_000));
  });

  test('keeps its beginning when a device says again that it is there', () => {
    expect(presenceAfter(entry('status', 7, 'online'), online(7))).toEqual(online(7));
  });

  test('follows the will of the current connection', () => {
    expect(presenceAfter(entry('will', 7, 'offline'), online(7))).toMatchObject({ state: 'offline', since: 1_000 });
  });

  test('is not undone by the will or the end of an older connection, which come after a take-over', () => {
    expect(presenceAfter(entry('will', 6, 'offline'), online(7))).toBeUndefined();
    expect(presenceAfter(entry('disconnected', 6), online(7))).toBeUndefined();
  });

  test.for(['', 'maybe', '{"state":"asleep"}', '[', 'null'])('is left alone by a status of %j', (text) => {
    expect(presenceAfter(entry('status', 7, text), online(7))).toBeUndefined();
  });

  test('is unknown after a broker start until the device is back', () => {
    const now = { latest: new Map(), presence: new Map([['d', online(7)]]), seen: new Map() };
    const started = observe([entry('broker-started', 0)], NONE, now, () => true);
    expect(started.presence).toEqual([{ device: 'd', state: 'unknown', since: 1_000, connection: -1 }]);
    apply(started, now);
    const back = observe([entry('connected', 1, '', 2_000)], NONE, now, () => true);
    expect(back.presence).toEqual([online(1, 2_000)]);
  });

  test('takes a will as no sign of life', () => {
    const now = { latest: new Map(), presence: new Map(), seen: new Map() };
    expect(observe([entry('will', 7, 'offline')], NONE, now, () => true).seen).toEqual([]);
    const failed = { ...entry('reply', 7), topic: 'v3/sungai@ttn/devices/d/down/failed' };
    expect(observe([failed], NONE, now, () => true).seen).toEqual([]);
    expect(observe([{ ...failed, topic: 'v1/d/commands/1/reply' }], NONE, now, () => true).seen).toHaveLength(1);
    expect(observe([entry('readings', 7)], NONE, now, () => true).seen).toEqual([{ device: 'd', receivedAt: 1_000 }]);
  });
});
