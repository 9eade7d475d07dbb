import { type Duration, milliseconds } from '#model/base/duration.ts';
import type { Random } from '#firmware-sim/random.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/**
 * The pause before the next connection: a random time between zero and a bound that doubles with every
 * failed attempt, from 1 s to 60 s ("full jitter"). Devices that lost their broker together come back spread out.
 * @param attempt 0 after a connection that had worked
 */
export const backoff = (attempt: number, random: Random): Duration =>
  milliseconds(random.next() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16)));
