import { type Duration, milliseconds } from './duration.ts';
import type { Fault } from './fault.ts';

/** Delay of one kind of attempt. */
export interface BackOff {
  /** At most so long after the first failure. */
  readonly first: Duration;
  /** However many there were. */
  readonly longest: Duration;
  /** The longest delay that the other side can ask for. */
  readonly mostAsked: Duration;
}

/**
 * Delay before the attempt after `failures` failed ones: exponential, half of it jitter, so that what
 * fell together does not come back together. What the other side asked for (`Retry-After`) is the least, up to a bound.
 * @param random uniform in [0, 1)
 */
export const backOff = (
  { first, longest, mostAsked }: BackOff,
  failures: number,
  { retryAfter }: Pick<Fault, 'retryAfter'>,
  random: () => number,
): Duration => {
  const ceiling = Math.min(longest.ms, first.ms * 2 ** (failures - 1));
  const asked = Math.min(retryAfter?.ms ?? 0, mostAsked.ms);
  return milliseconds(Math.max(ceiling / 2 + (ceiling / 2) * random(), asked));
};
