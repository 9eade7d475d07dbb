import { type Duration, milliseconds, minutes, seconds } from '#model/duration.ts';
import type { Fault } from '#model/fault.ts';

const FIRST = seconds(1);
const LONGEST = minutes(5);
/** No receiver may hold a message back for longer by asking for it. */
const MOST_ASKED = minutes(60);

/**
 * How long to wait after so many failed attempts: exponential, half of it jitter. What the receiver asked for
 * (`Retry-After`) is the least.
 * @param random uniform in [0, 1)
 */
export const backOff = (failures: number, fault: Fault, random: () => number): Duration => {
  const ceiling = Math.min(LONGEST.ms, FIRST.ms * 2 ** Math.min(failures - 1, 20));
  const asked = Math.min(fault.retryAfter?.ms ?? 0, MOST_ASKED.ms);
  return milliseconds(Math.max(ceiling / 2 + (ceiling / 2) * random(), asked));
};
