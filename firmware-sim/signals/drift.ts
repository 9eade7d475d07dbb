import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { createChunks } from '#firmware-sim/chunks.ts';
import { gauss } from '#firmware-sim/random.ts';

/** A first-order autoregressive process: `x(t) = ρ x(t−1) + σ √(1−ρ²) ε`. */
export interface DriftShape {
  readonly step: Duration;
  /** Correlation from step to step, below 0.985, so that a chunk forgets what was before its run-up. */
  readonly rho: number;
  /** Standard deviation in the long run. */
  readonly sigma: number;
}

const STEPS = 288;

/** A slowly wandering value around 0, the same for the same key and moment, drawn as a line between its steps. */
export const createDrift = (key: number, { step, rho, sigma }: DriftShape): ((at: Instant) => number) => {
  const innovation = sigma * Math.sqrt(1 - rho * rho);
  const chunk = createChunks((index) => {
    const first = (index - 1) * STEPS;
    const values = new Float64Array(STEPS + 1);
    let x = sigma * gauss(key, first);
    for (let n = first + 1; n <= first + 2 * STEPS; n += 1) {
      x = rho * x + innovation * gauss(key, n);
      if (n >= first + STEPS) values[n - first - STEPS] = x;
    }
    return values;
  });
  return (at) => {
    const position = at / step.ms;
    const n = Math.floor(position);
    const values = chunk(Math.floor(n / STEPS));
    const i = n - Math.floor(n / STEPS) * STEPS;
    const [from, to] = [values[i] ?? 0, values[i + 1] ?? 0];
    return from + (to - from) * (position - n);
  };
};
