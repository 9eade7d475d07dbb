import { FLAG } from '#model/readings/flag.ts';
import { medianInterval } from './interval.ts';

/** `std`: population standard deviation. `range`: largest minus smallest value. */
export const SIGNAL_STATISTICS = ['std', 'range'] as const;
export type SignalStatistic = (typeof SIGNAL_STATISTICS)[number];

export interface AttenuatedSignal {
  /** In the unit of the values. A statistic strictly below it is SUSPECT. */
  readonly suspect: number;
  /** As `suspect`, for FAIL. */
  readonly fail: number;
  readonly statistic?: SignalStatistic;
  /** Seconds of the window that ends at each value; without it, one window holds the whole series. */
  readonly period?: number;
  /** Fewest values in a window; 1 by default. Fewer give UNKNOWN. */
  readonly fewest?: number;
  /** The same as seconds, which the median interval divides. Takes precedence over `fewest`. */
  readonly fewestSeconds?: number;
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const STATISTIC: Readonly<Record<SignalStatistic, (values: readonly number[]) => number>> = {
  std: (values) => {
    const mean = meanOf(values);
    return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
  },
  range: (values) => Math.max(...values) - Math.min(...values),
};

const isThere = (value: number): boolean => !Number.isNaN(value);

/** Values at the times of (end − period, end]. */
const windowUntil = (values: Float64Array, times: Float64Array, end: number, period: number): readonly number[] => {
  const until = times[end] ?? Number.NaN;
  return [...values].filter((value, i) => {
    const at = times[i] ?? Number.NaN;
    return i <= end && at > until - period && at <= until && isThere(value);
  });
};

/**
 * QARTOD attenuated signal test (ioos_qc `attenuated_signal_test`): a signal that varies less than it should.
 * @param values NaN is missing
 * @param times seconds since 1970
 */
export const attenuatedSignal = (
  values: Float64Array,
  times: Float64Array,
  { suspect, fail, statistic = 'std', period, fewest = 1, fewestSeconds }: AttenuatedSignal,
): Uint8Array => {
  const statisticOf = STATISTIC[statistic];
  const least = fewestSeconds === undefined ? fewest : Math.trunc(Math.trunc(fewestSeconds) / medianInterval(times));
  const whole = [...values].filter(isThere);
  return Uint8Array.from(values, (value, i) => {
    if (!isThere(value)) return FLAG.MISSING;
    const window = period === undefined ? whole : windowUntil(values, times, i, period);
    if (period !== undefined && window.length < least) return FLAG.UNKNOWN;
    const found = statisticOf(window);
    if (Number.isNaN(found)) return FLAG.UNKNOWN;
    if (found < fail) return FLAG.FAIL;
    return found < suspect ? FLAG.SUSPECT : FLAG.GOOD;
  });
};
