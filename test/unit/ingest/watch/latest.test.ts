import { describe, expect, test } from 'vitest';
import type { Settled } from '#ingest/batch.ts';
import { type Now, observe, remember } from '#ingest/watch/observe.ts';
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

  test('stays that of a device whose own clock is a little ahead', () => {
    expect(follow([settledAt(9, 0, 1)], [settledAt(1, 1, 2)])).toEqual([[1], []]);
  });
});
