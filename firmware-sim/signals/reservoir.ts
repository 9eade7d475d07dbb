import type { Duration } from '#model/base/duration.ts';

/**
 * Linear reservoirs in a row (Nash cascade): each gives `Q(t+1) = c Q(t) + (1−c) I` with `c = exp(−Δt/k)` to the next.
 * @param storage k of every reservoir
 * @param start outflow of every reservoir before the first step
 * @returns the outflow of the last one after a step with this inflow, in the inflow's unit
 */
export const createCascade = (
  count: number,
  storage: Duration,
  step: Duration,
  start = 0,
): ((inflow: number) => number) => {
  const c = Math.exp(-step.ms / storage.ms);
  const outflow = new Float64Array(count).fill(start);
  return (inflow) => {
    let passed = inflow;
    for (let i = 0; i < count; i += 1) {
      passed = c * (outflow[i] ?? 0) + (1 - c) * passed;
      outflow[i] = passed;
    }
    return passed;
  };
};
