import { FLAG } from '#model/readings/flag.ts';

/**
 * QARTOD data reception test (ioos_qc `data_reception_test`): data that are older than the span at a moment are FAIL.
 * @param times seconds since 1970; NaN is missing
 * @param now the moment, in seconds since 1970
 * @param fail seconds; strictly more is FAIL
 */
export const dataReception = (times: Float64Array, now: number, fail: number): Uint8Array =>
  Uint8Array.from(times, (time) => {
    if (Number.isNaN(time)) return FLAG.MISSING;
    return now - time > fail ? FLAG.FAIL : FLAG.GOOD;
  });
