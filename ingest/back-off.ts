import { type Duration, milliseconds, seconds } from '#model/duration.ts';
import type { Fault } from '#model/fault.ts';

const FIRST = milliseconds(250);
const LONGEST = seconds(15);

/**
 * How long to wait before the attempt after `failures` failed ones: exponential, half of it jitter, so that what
 * fell together does not come back together. What the other side asked for (`Retry-After`) is the least.
 * @param random uniform in [0, 1)
 */
export const backOff = (failures: number, fault: Fault, random: () => number): Duration => {
  const ceiling = Math.min(LONGEST.ms, FIRST.ms * 2 ** (failures - 1));
  const jittered = ceiling / 2 + (ceiling / 2) * random();
  return milliseconds(Math.max(jittered, fault.retryAfter?.ms ?? 0));
};
