import { FLAG } from '#model/readings/flag.ts';

export interface PercentileRange {
  /** Per cent; 5 by default. */
  readonly low?: number;
  /** Per cent; 95 by default. */
  readonly high?: number;
  /** In the unit of the values: the distance beyond the percentiles that is still GOOD. */
  readonly pad?: number;
}

/** Percentile of ascending values, by linear interpolation between the two nearest. */
const percentileOf = (ascending: readonly number[], percent: number): number => {
  const at = (percent / 100) * (ascending.length - 1);
  const [below = Number.NaN, above = below] = [ascending[Math.floor(at)], ascending[Math.ceil(at)]];
  return below + (above - below) * (at - Math.floor(at));
};

/**
 * QARTOD percentile range test (ioos_qc `percentile_range_test`): a value outside percentiles of its own series is SUSPECT,
 * never FAIL.
 * @param values NaN is missing
 */
export const percentileRange = (
  values: Float64Array,
  { low = 5, high = 95, pad = 0 }: PercentileRange = {},
): Uint8Array => {
  const ascending = [...values].filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
  const least = percentileOf(ascending, low) - pad;
  const most = percentileOf(ascending, high) + pad;
  return Uint8Array.from(values, (value) => {
    if (Number.isNaN(value)) return FLAG.MISSING;
    return value < least || value > most ? FLAG.SUSPECT : FLAG.GOOD;
  });
};
