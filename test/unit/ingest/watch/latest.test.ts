import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Settled } from '#ingest/batch.ts';
import { amend, type Now, observe, remember } from '#ingest/watch/observe.ts';
import type { Entry } from '#model/packet.ts';
import { aReading, MORNING } from '#test/support/readings.ts';

const MINUTE = 60_000;

/** A reading that was observed and arrived so many minutes after the morning's hour. */
const settledAt = (observed: number, received: number, value: number): Settled => {
  const receivedAt = MORNING + received * MINUTE;
  const entry: Entry = {
    ...{ kind: 'readings', sender: 'dev-1', connection: 1, topic: 'v1/dev-1/readings', payload: Buffer.from('{}') },
    ...{ qos: 1, dup: false, packetId: 1, receivedAt, sequence: 1 },
  };
  const reading = aReading({ value, observedAt: MORNING + observed * MINUTE, receivedAt });
  return {
    entry,
    codec: 'json',
    codecVersion: 1,
    observations: [{ readings: [reading], id: undefined }],
    refused: [],
    missing: 0,
  };
};

const follow = (...batches: readonly Settled[][]): readonly number[][] => {
  const now: Now = { latest: new Map(), presence: new Map(), seen: new Map() };
  return batches.map((batch) => {
    const change = observe([], batch, now);
    remember(change, now);
    return change.latest.map(({ value }) => value);
  });
};

describe('the newest value', () => {
  test('is the one observed last, whenever it came', () => {
    expect(follow([settledAt(5, 5, 1)], [settledAt(3, 6, 2)], [settledAt(5, 7, 3)])).toEqual([[1], [], [3]]);
  });

  test('is not held by a time that lies ahead of every arrival, once the clock is set back', () => {
    const year = 365 * 24 * 60;
    expect(follow([settledAt(year, year, 1)], [settledAt(1, 1, 2)], [settledAt(0, 2, 3)])).toEqual([[1], [2], []]);
  });

  test('is after a replay what it had been if everything had arrived live', () => {
    const reading = fc.record({ minute: fc.integer({ min: 0, max: 50 }), isReplayed: fc.boolean() });
    const readings = fc.uniqueArray(reading, { selector: ({ minute }) => minute, minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(readings, (sent) => {
        const now: Now = { latest: new Map(), presence: new Map(), seen: new Map() };
        const settled = sent.map((one) => ({ ...one, settled: settledAt(one.minute, 60, one.minute) }));
        for (const { isReplayed, settled: batch } of settled) {
          if (!isReplayed) remember(observe([], [batch], now), now);
        }
        const replayed = settled.filter(({ isReplayed }) => isReplayed);
        amend(
          replayed.flatMap(({ settled: { observations } }) => observations.flatMap((of) => of.readings)),
          now,
        );
        const values = [...now.latest.values()].flatMap((of) => [...of.values()].map(({ value }) => value));
        expect(values).toEqual([Math.max(...sent.map(({ minute }) => minute))]);
      }),
    );
  });

  test('is told by a replay only where it changes, and is the value that a correction put in its place', () => {
    const now: Now = { latest: new Map(), presence: new Map(), seen: new Map() };
    remember(observe([], [settledAt(5, 5, 1)], now), now);
    const of = (minute: number, value: number) =>
      settledAt(minute, minute, value).observations.flatMap(({ readings }) => readings);
    expect(amend(of(3, 7), now)).toEqual([]);
    expect(amend([...of(5, 2), ...of(6, 3)], now)).toMatchObject([{ value: 3 }]);
  });

  test('stays that of a device whose own clock is a little ahead', () => {
    expect(follow([settledAt(9, 0, 1)], [settledAt(1, 1, 2)])).toEqual([[1], []]);
  });
});
