import type { Clock } from '#model/base/clock.ts';
import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

/** Tells what time it is in the simulated regency. */
export type SimulatedTime = () => Instant;

/**
 * At a speed-up of 1 the simulated time is the present. Faster time cannot run ahead of it, for readings of the future
 * are refused: it starts `span` ago, runs until it has caught up with the present, and goes on with it from there.
 * @param speedUp simulated seconds in one real second, 1 or more
 */
export const createSimulatedTime = (clock: Clock, speedUp: number, span: Duration): SimulatedTime => {
  if (speedUp === 1) return () => clock.now();
  const start = clock.now() - span.ms;
  const began = clock.monotonic();
  return () => Math.min(clock.now(), Math.floor(start + (clock.monotonic() - began) * speedUp));
};
