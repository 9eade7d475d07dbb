import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Histogram } from '#bench/load/histogram.ts';

const latencies = fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 300 });
const shares = fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1);

const histogramOf = (values: readonly number[]): Histogram => {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
};

/** Nearest rank of the sorted values, which the buckets approximate. */
const exactly = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * values.length)) - 1] ?? Number.NaN;

describe('the histogram', () => {
  test('gives each percentile with an error below 1.6 % or a microsecond', () => {
    fc.assert(
      fc.property(latencies, shares, (values, share) => {
        const wanted = exactly(values, share);
        const found = histogramOf(values).percentile(share);
        expect(Math.abs(found - wanted)).toBeLessThanOrEqual(Math.max(0.001, wanted * 0.016));
      }),
    );
  });

  test('has the exact maximum, and no larger percentile', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const { count, max, p99 } = histogramOf(values).summary();
        expect({ count, max }).toEqual({ count: values.length, max: Math.max(...values) });
        expect(p99).toBeLessThanOrEqual(max);
      }),
    );
  });

  test('is the same for recorded values and for the sum of two histograms', () => {
    fc.assert(
      fc.property(latencies, latencies, (a, b) => {
        const sum = histogramOf(a);
        sum.add(histogramOf(b));
        expect(sum.summary()).toEqual(histogramOf([...a, ...b]).summary());
      }),
    );
  });

  test('counts from zero after a clear', () => {
    const histogram = histogramOf([5, 50]);
    histogram.clear();
    histogram.record(2);
    expect(histogram.summary()).toMatchObject({ count: 1, max: 2 });
  });
});
