import { FLAG } from '#model/readings/flag.ts';

/**
 * QARTOD time gap test (ioos_qc `time_gap_test`): a time that is more than the span after the time before is FAIL. The first
 * time has the flag of the second; a time after a missing one is UNKNOWN.
 * @param times seconds since 1970; NaN is missing
 * @param fail seconds
 */
export const timeGap = (times: Float64Array, fail: number): Uint8Array => {
  const flagAfter = (time: number, before: number): number => {
    if (Number.isNaN(time)) return FLAG.MISSING;
    if (Number.isNaN(before)) return FLAG.UNKNOWN;
    return time - before > fail ? FLAG.FAIL : FLAG.GOOD;
  };
  const flags = Uint8Array.from(times, (time, i) => flagAfter(time, times[i - 1] ?? Number.NaN));
  const [first = Number.NaN, second = Number.NaN] = times;
  if (!Number.isNaN(first) && !Number.isNaN(second)) flags[0] = flagAfter(second, first);
  return flags;
};
