import { FLAG } from '#model/readings/flag.ts';
import { isOutside, type Span, sorted } from './span.ts';

/**
 * QARTOD impossible date test (ioos_qc `impossible_date_test`): a time after the reference, or outside the span, is FAIL.
 * @param times seconds since 1970; NaN is missing
 * @param reference the latest possible time in seconds since 1970: the arrival and a tolerance, so that data that are run
 * again have the flags of live data
 * @param span of possible times, in seconds since 1970
 */
export const impossibleDate = (times: Float64Array, reference: number, span?: Span): Uint8Array =>
  Uint8Array.from(times, (time) => {
    if (Number.isNaN(time)) return FLAG.MISSING;
    const isImpossible = time > reference || (span !== undefined && isOutside(time, sorted(span)));
    return isImpossible ? FLAG.FAIL : FLAG.GOOD;
  });
