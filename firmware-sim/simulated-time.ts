import type { Clock } from '#model/base/clock.ts';
import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

/** The time in the simulated regency. */
export interface SimulatedTime {
  now(): Instant;
  /** True while it runs faster than real time; false for good once it has caught up with the present. */
  isFast(): boolean;
}

/**
 * At a speed-up of 1 the simulated time is the present. A faster time cannot pass the present, because readings of the
 * future are refused: it starts `span` ago, runs until it has caught up with the present, and is the present from then on.
 * @param speedUp simulated seconds in one real second, 1 or more
 */
export const createSimulatedTime = (clock: Clock, speedUp: number, span: Duration): SimulatedTime => {
  if (speedUp === 1) return { now: () => clock.now(), isFast: () => false };
  const start = clock.now() - span.ms;
  const began = clock.monotonic();
  let isFast = true;
  const now = (): Instant => {
    const present = clock.now();
    const simulated = Math.floor(start + (clock.monotonic() - began) * speedUp);
    if (simulated >= present) isFast = false;
    return isFast ? simulated : present;
  };
  return {
    now,
    isFast: () => {
      now();
      return isFast;
    },
  };
};
