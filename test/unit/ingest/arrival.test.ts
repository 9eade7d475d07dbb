import { describe, expect, test } from 'vitest';
import type { Settled } from '#ingest/batch.ts';
import { Present, settleTime } from '#ingest/judge/arrival.ts';
import type { Entry } from '#model/packet.ts';
import { aReading, MORNING } from '#test/support/readings.ts';

const YEAR = 365 * 24 * 3_600_000;

/** Times that readings without one are given, as they arrive at these milliseconds after the morning's hour. */
const timesOf = (...arrivals: readonly number[]): readonly number[] => {
  const present = new Present({ mark: () => undefined, pin: () => undefined });
  return arrivals.map((after, i) => {
    const receivedAt = MORNING + after;
    const entry: Entry = {
      ...{ kind: 'readings', sender: 'dev-1', connection: 1, topic: 'v1/dev-1/readings', payload: Buffer.from(`${i}`) },
      ...{ qos: 1, dup: false, packetId: 1, receivedAt, sequence: i + 1 },
    };
    const observation = {
      readings: [aReading({ observedAt: receivedAt, receivedAt, timedBy: 'arrival' })],
      id: undefined,
    };
    const settled: Settled = {
      entry,
      codec: 'json',
      codecVersion: 1,
      observations: [observation],
      refused: [],
      missing: 0,
    };
    return (settleTime(settled, observation, present)[0]?.observedAt ?? 0) - MORNING;
  });
};

describe('a reading without a time', () => {
  test('takes that of its arrival, and never one that another has taken', () => {
    expect(timesOf(0, 0, 0, 10, 5)).toEqual([0, 1, 2, 10, 11]);
  });

  test('is not driven into a future that ended as the clock was set back', () => {
    expect(timesOf(YEAR, 0, 0, 1_000)).toEqual([YEAR, 0, 1, 1_000]);
  });
});
