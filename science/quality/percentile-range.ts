import { FLAG } from '#model/readings/flag.ts';
import { quantileOfSorted } from '#science/statistics/quantile.ts';

export interface PercentileRange {
  /** Per cent; 5 by default. */
  readonly low?: number;
  /** Per cent; 95 by default. */
  readonly high?: number;
  /** In the unit of the values: the distance beyond the percentiles that is still GOOD. */
  readonly pad?: number;
}

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
  const least = quantileOfSorted(ascending, low / 100) - pad;
  const most = quantileOfSorted(ascending, high / 100) + pad;
  return Uint8Array.from(values, (value) => {
    if (Number.isNaN(value)) return FLAG.MISSING;
    return value < least || value > most ? FLAG.SUSPECT : FLAG.GOOD;
  });
};
