import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LatestValue } from '#storage/operations/alerting.ts';
import { applyReplayed, type CurrentState, observe, apply } from '#ingest/observe/observe.ts';
import { FLAG } from '#model/readings/flag.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Qualified } from '#model/readings/reading.ts';
import { validIn } from '#model/readings/valid.ts';
import { aReading, MORNING } from '#test/support/builders/readings.ts';
import { columnsOf } from '#model/readings/columns.ts';
import type { PlainPacket } from '#test/support/builders/runs.ts';

type QualifiedPacket = PlainPacket<Qualified>;

const columnsIn = (packets: readonly QualifiedPacket[]) =>
  columnsOf(packets.flatMap(({ observations }) => observations.flatMap(({ readings }) => readings)));

const MINUTE = 60_000;
const isValid = validIn(() => ({ stations: new Map() }));

/** A reading that was observed and arrived so many minutes after the morning's hour. */
const settledAt = (
  observed: number,
  received: number,
  value: number,
  given: Partial<Qualified> = {},
): QualifiedPacket => {
  const receivedAt = MORNING + received * MINUTE;
  const entry: Entry = {
    kind: 'readings',
    sender: 'dev-1',
    connection: 1,
    topic: 'v1/dev-1/readings',
    payload: Buffer.from('{}'),
    qos: 1,
    dup: false,
    packetId: 1,
    receivedAt,
    sequence: 1,
  };
  const reading = aReading({ value, observedAt: MORNING + observed * MINUTE, receivedAt, ...given });
  return {
    entry,
    codec: 'json',
    codecVersion: 1,
    observations: [{ readings: [reading], id: undefined }],
    refused: [],
    missing: 0,
  };
};

const follow = (...batches: readonly QualifiedPacket[][]): readonly number[][] => {
  const now: CurrentState = { latest: new Map(), presence: new Map(), seen: new Map() };
  return batches.map((batch) => {
    const change = observe([], columnsIn(batch), now, isValid);
    apply(change, now);
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

  test('is not a reading whose device counts its time back from its arrival, where a later one is known', () => {
    const arrived = { timedBy: 'arrival' } as const;
    expect(follow([settledAt(0, 0, 1, arrived)], [settledAt(-10, 5, 2, arrived)])).toEqual([[1], []]);
  });

  test('is the one that arrived last where arrivals are the times, also once the clock is set back by a minute', () => {
    const arrived = (minute: number, value: number): QualifiedPacket =>
      settledAt(minute, minute, value, { timedBy: 'arrival' });
    expect(follow([arrived(5, 1)], [arrived(4, 2)], [arrived(6, 3)])).toEqual([[1], [2], [3]]);
  });

  test('is after a replay what it had been if everything had arrived live', () => {
    const reading = fc.record({ minute: fc.integer({ min: 0, max: 50 }), isReplayed: fc.boolean() });
    const readings = fc.uniqueArray(reading, { selector: ({ minute }) => minute, minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(readings, (sent) => {
        const now: CurrentState = { latest: new Map(), presence: new Map(), seen: new Map() };
        const packets = sent.map((one) => ({ ...one, packets: settledAt(one.minute, 60, one.minute) }));
        for (const { isReplayed, packets: batch } of packets) {
          if (!isReplayed) apply(observe([], columnsIn([batch]), now, isValid), now);
        }
        const replayed = packets.filter(({ isReplayed }) => isReplayed);
        applyReplayed(
          replayed.flatMap(({ packets: { observations } }) => observations.flatMap((of) => of.readings)),
          now,
          isValid,
        );
        const values = [...now.latest.values()].flatMap((of) => [...of.values()].map(({ value }) => value));
        expect(values).toEqual([Math.max(...sent.map(({ minute }) => minute))]);
      }),
    );
  });

  test('is told by a replay only where it changes, and is the value that a correction put in its place', () => {
    const now: CurrentState = { latest: new Map(), presence: new Map(), seen: new Map() };
    apply(observe([], columnsIn([settledAt(5, 5, 1)]), now, isValid), now);
    const of = (minute: number, value: number) =>
      settledAt(minute, minute, value).observations.flatMap(({ readings }) => readings);
    expect(applyReplayed(of(3, 7), now, isValid)).toEqual([]);
    expect(applyReplayed([...of(5, 2), ...of(6, 3)], now, isValid)).toMatchObject([{ value: 3 }]);
  });

  test('stays that of a device whose own clock is a little ahead', () => {
    expect(follow([settledAt(9, 0, 1)], [settledAt(1, 1, 2)])).toEqual([[1], []]);
  });
});

const emptyNow = (): CurrentState => ({ latest: new Map(), presence: new Map(), seen: new Map() });

const known = (now: CurrentState): readonly LatestValue[] => [...now.latest.values()].flatMap((of) => [...of.values()]);

describe('the newest valid value', () => {
  test('stays beside a newest value that failed its checks, in one batch and over many', () => {
    const [good, bad, worse] = [
      settledAt(1, 1, 2.5),
      settledAt(2, 2, 99, { flag: FLAG.FAIL }),
      settledAt(3, 3, 98, { flag: FLAG.MISSING }),
    ];
    for (const batches of [[[good, bad, worse]], [[good], [bad], [worse]], [[good, bad], [worse]]]) {
      const now = emptyNow();
      for (const batch of batches) apply(observe([], columnsIn(batch), now, isValid), now);
      expect(known(now)).toMatchObject([{ value: 98, valid: { value: 2.5, observedAt: MORNING + MINUTE } }]);
    }
  });

  test('is the newest value itself as soon as that is valid again, and SUSPECT counts', () => {
    const now = emptyNow();
    const batch = [
      settledAt(1, 1, 2.5),
      settledAt(2, 2, 99, { flag: FLAG.FAIL }),
      settledAt(3, 3, 3.1, { flag: FLAG.SUSPECT }),
    ];
    apply(observe([], columnsIn(batch), now, isValid), now);
    expect(known(now)).toHaveLength(1);
    expect(known(now)[0]).toMatchObject({ value: 3.1 });
    expect(known(now)[0]).not.toHaveProperty('valid');
  });

  test('is not one from a clock that was ahead of everything and is set back', () => {
    const year = 365 * 24 * 60;
    const now = emptyNow();
    apply(
      observe([], columnsIn([settledAt(year, year, 2.5), settledAt(1, 1, 99, { flag: FLAG.FAIL })]), now, isValid),
      now,
    );
    expect(known(now)[0]).toMatchObject({ value: 99 });
    expect(known(now)[0]).not.toHaveProperty('valid');
  });

  test('is the same in whatever order, and by whichever way, the readings come', () => {
    const reading = fc.record({
      minute: fc.integer({ min: 0, max: 50 }),
      isReplayed: fc.boolean(),
      flag: fc.constantFrom(FLAG.GOOD, FLAG.SUSPECT, FLAG.FAIL, FLAG.MISSING),
    });
    const readings = fc.uniqueArray(reading, { selector: ({ minute }) => minute, minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(readings, (sent) => {
        const now = emptyNow();
        for (const { minute, isReplayed, flag } of sent) {
          const packets = settledAt(minute, 60, minute, { flag });
          const of = packets.observations.flatMap((observation) => observation.readings);
          if (isReplayed) applyReplayed(of, now, isValid);
          else apply(observe([], columnsIn([packets]), now, isValid), now);
        }
        const latest = sent.toSorted((a, b) => a.minute - b.minute);
        const newest = latest.at(-1);
        const valid = latest.findLast(({ flag }) => flag !== FLAG.FAIL && flag !== FLAG.MISSING);
        const [found] = known(now);
        expect(found?.value).toBe(newest?.minute);
        expect(found?.valid?.value).toBe(valid === newest ? undefined : valid?.minute);
      }),
    );
  });
});
