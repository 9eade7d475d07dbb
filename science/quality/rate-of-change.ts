import { FLAG } from '#model/readings/flag.ts';

export interface RateOfChange {
  /** In the unit of the values per second. A rate strictly above it is SUSPECT. */
  readonly suspect: number;
  /** As `suspect`, for FAIL. */
  readonly fail?: number;
}

/**
 * QARTOD rate of change test (ioos_qc `rate_of_change_test`): the change since the value before, per second. The first value
 * and a value after a missing one are GOOD.
 * @param values NaN is missing
 * @param times seconds since 1970; fractions of a second do not count
 */
export const rateOfChange = (
  values: Float64Array,
  times: Float64Array,
  { suspect, fail = Number.POSITIVE_INFINITY }: RateOfChange,
): Uint8Array =>
  Uint8Array.from(values, (value, i) => {
    if (Number.isNaN(value)) return FLAG.MISSING;
    const seconds = Math.floor(times[i] ?? Number.NaN) - Math.floor(times[i - 1] ?? Number.NaN);
    // a change within one second has an infinite rate; without a change the rate is not a number
    const rate = Math.abs((value - (values[i - 1] ?? Number.NaN)) / seconds);
    if (rate > fail) return FLAG.FAIL;
    return rate > suspect ? FLAG.SUSPECT : FLAG.GOOD;
  });
