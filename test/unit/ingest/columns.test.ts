import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutRows } from '#ingest/batch.ts';
import { qualifyBatch } from '#ingest/qualify/qualify.ts';
import { makeReadSteps } from '#ingest/read-steps.ts';
import { formatInstant } from '#model/base/instant.ts';
import { readingsIn } from '#model/readings/columns.ts';
import type { Qualified } from '#model/readings/reading.ts';
import { aStation } from '#test/support/servers/api.ts';
import { type Arrival, entriesOf } from '#test/support/builders/arrivals.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { aRun } from '#test/support/builders/runs.ts';
import { plainReadings } from '#test/support/oracles/plain-ingest.ts';

const anyValue = fc.oneof(
  fc.double({ min: -100, max: 3_000, noNaN: true }),
  fc.constantFrom<number | null | string>(null, 'nan', 'seven', 0, -0, 38.5, 1_000),
);
const anyValues = fc.dictionary(
  fc.constantFrom('pm1', 'pm2_5', 'pm10', 'temperature', 'relative_humidity', 'battery_voltage', 'strange'),
  anyValue,
  { maxKeys: 6 },
);
const anyTime = fc.option(fc.integer({ min: MORNING - 3 * 86_400_000, max: MORNING + 3_600_000 }).map(formatInstant), {
  nil: undefined,
});
const anyObservation = fc
  .record({ time: anyTime, values: anyValues, isFlat: fc.boolean() })
  .map(({ time, values, isFlat }) => ({ ...(time === undefined ? {} : { time }), ...(isFlat ? values : { values }) }));
const anyArrival: fc.Arbitrary<Arrival> = fc
  .oneof(anyObservation, fc.array(anyObservation, { maxLength: 4 }))
  .map((body) => ({ receivedAt: MORNING, body }));

const batchOf = (arrivals: readonly Arrival[]) => {
  const { decode, validate } = makeReadSteps();
  const entries = entriesOf(arrivals);
  return { entries, batch: validate(decode(aRun(entries))) };
};

test('a batch by columns holds the readings and flags that the simple form gives', () => {
  fc.assert(
    fc.property(fc.array(anyArrival, { maxLength: 12 }), (arrivals) => {
      const { entries, batch } = batchOf([...arrivals, ...arrivals]);
      expect(readingsIn(qualifyBatch(batch).readings)).toEqual(plainReadings(entries, aStation()));
    }),
    { numRuns: 500 },
  );
});

test('a batch without some rows holds all others, each with its observation', () => {
  const drawn = fc.record({ arrivals: fc.array(anyArrival, { maxLength: 8 }), dropped: fc.array(fc.nat(40)) });
  fc.assert(
    fc.property(drawn, ({ arrivals, dropped }) => {
      const { batch } = batchOf(arrivals);
      const left = withoutRows(batch, new Set(dropped));
      const all = readingsIn(qualifyBatch(batch).readings).filter((_, row) => !dropped.includes(row));
      const unflagged = (readings: readonly Qualified[]) =>
        readings.map((reading) => ({ ...reading, flag: 2, tests: 0 }));
      expect(unflagged(readingsIn(qualifyBatch(left).readings))).toEqual(unflagged(all));
      const { start, length, packet } = left.observations;
      expect(start[length]).toBe(all.length);
      for (let i = 0; i < length; i += 1) {
        const sequence = left.packets[packet[i] ?? -1]?.entry.sequence;
        expect(all.slice(start[i], start[i + 1]).map((reading) => reading.sequence)).toEqual(
          all.slice(start[i], start[i + 1]).map(() => sequence),
        );
      }
    }),
    { numRuns: 300 },
  );
});
