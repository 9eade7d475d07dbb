import { FLAG } from '#model/readings/flag.ts';
import { medianInterval } from './interval.ts';

export interface FlatLine {
  /** Seconds for which the values have to be flat until they are SUSPECT. */
  readonly suspect: number;
  /** As `suspect`, for FAIL. */
  readonly fail: number;
  /** In the unit of the values: they are flat while their range is strictly below it. With 0 nothing is flat. */
  readonly tolerance?: number;
}

/** Fewer values have no median interval to judge by. */
const FEWEST = 3;

/** Range of the last values, without missing ones; NaN when all are missing. */
const rangeOf = (values: Float64Array, end: number, count: number): number => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = end - count + 1; i <= end; i += 1) {
    const value = values[i] ?? Number.NaN;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? Number.NaN : high - low;
};

/**
 * QARTOD flat line test (ioos_qc `flat_line_test`): the range of the values of a window is strictly below the tolerance. The
 * window has a number of values: its seconds by the median interval, and one. Missing values in a window are skipped.
 * Fewer than three values are all GOOD.
 * @param values NaN is missing
 * @param times seconds since 1970
 */
export const flatLine = (
  values: Float64Array,
  times: Float64Array,
  { suspect, fail, tolerance = 0 }: FlatLine,
): Uint8Array => {
  if (values.length < FEWEST) return new Uint8Array(values.length).fill(FLAG.GOOD);
  const interval = medianInterval(times);
  const countOf = (seconds: number): number => Math.trunc(Math.trunc(seconds) / interval) + 1;
  const [suspectCount, failCount] = [countOf(suspect), countOf(fail)];
  const isFlat = (end: number, count: number): boolean => end >= count - 1 && rangeOf(values, end, count) < tolerance;
  return Uint8Array.from(values, (value, i) => {
    if (Number.isNaN(value)) return FLAG.MISSING;
    if (isFlat(i, failCount)) return FLAG.FAIL;
    return isFlat(i, suspectCount) ? FLAG.SUSPECT : FLAG.GOOD;
  });
};
