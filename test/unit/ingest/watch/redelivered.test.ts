import { describe, expect, test } from 'vitest';
import type { Batch } from '#ingest/batch.ts';
import type { AssignedTime } from '#storage/operations/storing.ts';
import { type NewestValues, Redeliveries } from '#ingest/dedupe/redelivered.ts';
import { makeReadSteps } from '#ingest/read-steps.ts';
import { type Arrival, connected, entriesOf, STARTED } from '#test/support/builders/arrivals.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { aRun } from '#test/support/builders/runs.ts';
import { seriesAt } from '#model/readings/columns.ts';

const batchOf = (from: number, ...arrivals: readonly Arrival[]): Batch => {
  const { decode, validate } = makeReadSteps();
  return validate(decode(aRun(entriesOf(arrivals, from))));
};

const nothingNoted = { assignedTo: () => undefined, brokerRun: () => 0, keptClient: () => undefined };
const nothingKnown: NewestValues = { latest: new Map() };

/** Arrivals of what is left of a batch. */
const left = ({ readings }: Batch): readonly number[] => Array.from(readings.receivedAt, (at) => at - MORNING);

const sent = (ms: number, given: Arrival = {}): Arrival => ({
  receivedAt: MORNING + ms,
  body: { pm2_5: 40 },
  ...given,
});

describe('the alerting reader', () => {
  test('sees a reading without a time once, however often it is sent, and every other one', () => {
    const redeliveries = new Redeliveries(nothingNoted, nothingKnown);
    const numbered = (id: number, pm25: number) => ({ body: { id, pm2_5: pm25 } });
    expect(
      left(redeliveries.without(batchOf(1, STARTED, connected(1, true), sent(0), sent(1, { packetId: 2 })))),
    ).toEqual([0, 1]);
    const again = batchOf(5, connected(2, true), sent(2, { connection: 2, dup: true }), sent(3, { connection: 2 }));
    expect(left(redeliveries.without(again))).toEqual([3]);
    const numbers = batchOf(8, sent(4, numbered(0, 1)), sent(5, numbered(0, 1)), sent(6, numbered(0, 2)));
    expect(left(redeliveries.without(numbers))).toEqual([4, 6]);
  });

  test('sees a reading with a time once, and every other value, time and id', () => {
    const redeliveries = new Redeliveries(nothingNoted, nothingKnown);
    const timed = (ms: number, pm25: number, given: object = {}) =>
      sent(ms, { body: { time: MORNING + 5, ...given, pm2_5: pm25 } });
    const first = batchOf(1, timed(10, 1), timed(11, 1), timed(12, 2), timed(13, 2, { time: MORNING + 6 }));
    expect(left(redeliveries.without(first))).toEqual([10, 12, 13]);
    const numbered = batchOf(5, timed(20, 3, { id: 1 }), timed(21, 3, { id: 2 }), timed(22, 3, { id: 1 }));
    expect(left(redeliveries.without(numbered))).toEqual([20, 21, 22].slice(0, 2));
  });

  test('compares a reading with a time with the newest value of the batches before', () => {
    const known = { latest: new Map([['ST1\tdev-1', new Map([['pm2_5', { observedAt: MORNING, value: 1 }]])]]) };
    const redeliveries = new Redeliveries(nothingNoted, known);
    const timed = (ms: number, time: number, pm25: number) => sent(ms, { body: { time, pm2_5: pm25, pm10: 40 } });
    const again = redeliveries.without(batchOf(1, timed(1, MORNING, 1)));
    expect(again.readings).toHaveLength(1);
    expect(seriesAt(again.readings, 0).property).toBe('pm10');
    expect(left(redeliveries.without(batchOf(2, timed(2, MORNING, 2))))).toEqual([2, 2]);
  });

  test('sees the same in a batch that has to be taken again', () => {
    const redeliveries = new Redeliveries(nothingNoted, nothingKnown);
    const batch = batchOf(1, STARTED, connected(1, true), sent(0), sent(1, { dup: true }));
    expect(left(redeliveries.without(batch))).toEqual([0]);
    expect(left(redeliveries.without(batch))).toEqual([0]);
  });

  test('goes on after a restart by what the storing reader has noted, which may be ahead', () => {
    let noted: AssignedTime | undefined;
    const redeliveries = new Redeliveries(
      {
        ...nothingNoted,
        assignedTo: (device, identity) => {
          const times = [{ observedAt: MORNING, properties: ['pm2_5'] }];
          noted ??= { device, identity, content: '', times, receivedAt: MORNING };
          return noted;
        },
      },
      nothingKnown,
    );
    const numbered = { body: { id: 0, pm2_5: 1 } };
    expect(left(redeliveries.without(batchOf(1, sent(0, numbered))))).toEqual([0]);
    const restarted = new Redeliveries({ ...nothingNoted, assignedTo: () => noted }, nothingKnown);
    expect(left(restarted.without(batchOf(2, sent(1_000, numbered))))).toEqual([]);
  });
});
