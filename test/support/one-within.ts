import type { Duration } from '#model/base/duration.ts';
import { eventually } from './eventually.ts';

/**
 * Repeats an attempt until one of them takes less than the limit. A product that is too slow never succeeds; a machine
 * that has other work only needs more attempts.
 * @param prepare runs before each attempt, and its time does not count
 */
export const oneWithin = <Prepared>(
  limit: Duration,
  prepare: () => Prepared | Promise<Prepared>,
  attempt: (prepared: Prepared) => Promise<unknown>,
): Promise<void> =>
  eventually(async () => {
    const prepared = await prepare();
    const from = performance.now();
    await attempt(prepared);
    const took = Math.round(performance.now() - from);
    if (took >= limit.ms) throw new Error(`took ${took} ms, and may take ${limit.ms} ms`);
  });
