import { Fault } from '#model/base/fault.ts';
import { gammaDistribution, logGamma } from '#science/statistics/gamma.ts';

const aboveZero = (value: number, name: string): void => {
  if (!(value > 0 && Number.isFinite(value))) throw new Fault('SETTING_INVALID', `${name} needs a number above 0`);
};

export interface UnitHydrograph {
  /** Instantaneous unit hydrograph at a time in hours, 1/h. */
  readonly density: (hours: number) => number;
  /** S-curve at a time in hours: the share of the runoff that has left. */
  readonly share: (hours: number) => number;
  /** Time of the peak, h. */
  readonly peak: number;
  /** Time between the centres of inflow and outflow, h. */
  readonly lag: number;
}

/**
 * Instantaneous unit hydrograph of a Nash cascade: `u(t) = (t/k)^(n−1) e^(−t/k) / (k Γ(n))` (Nash 1957, textbook).
 * @param n number of reservoirs, above 0; it need not be whole
 * @param k storage constant of each reservoir, h
 * Throws `SETTING_INVALID` where one of them is not above 0.
 */
export const nashHydrograph = (n: number, k: number): UnitHydrograph => {
  aboveZero(n, 'the number of reservoirs');
  aboveZero(k, 'the storage constant');
  return {
    density: (hours) => (hours <= 0 ? 0 : Math.exp((n - 1) * Math.log(hours / k) - hours / k - logGamma(n)) / k),
    share: (hours) => gammaDistribution(n, hours / k),
    peak: Math.max((n - 1) * k, 0),
    lag: n * k,
  };
};

export interface Cascade {
  /** Number of equal linear reservoirs in series, at least 1. */
  readonly reservoirs: number;
  /** Storage constant of each, h. */
  readonly k: number;
  /** Step, h. */
  readonly step: number;
  /** Outflow of every reservoir before the first step, in the unit of the inflow. */
  readonly initial?: number;
}

/**
 * Outflow of a cascade of linear reservoirs at the end of each step: `Q' = c Q + (1 − c) I`, `c = e^(−Δt/k)`, where
 * the new outflow of one reservoir is the inflow of the next in the same step (textbook).
 * @param inflow mean inflow of each step, m³/s
 * Throws `SETTING_INVALID` where a number of the cascade is not above 0, or that of its reservoirs is not whole.
 */
export const routeThrough = ({ reservoirs, k, step, initial = 0 }: Cascade, inflow: readonly number[]): number[] => {
  aboveZero(k, 'the storage constant');
  aboveZero(step, 'the step');
  if (!Number.isInteger(reservoirs) || reservoirs < 1) {
    throw new Fault('SETTING_INVALID', 'the number of reservoirs needs a whole number from 1');
  }
  const kept = Math.exp(-step / k);
  const outflows = Array.from({ length: reservoirs }, () => initial);
  return inflow.map((given) => {
    let flow = given;
    for (const [i, before] of outflows.entries()) {
      flow = kept * before + (1 - kept) * flow;
      outflows[i] = flow;
    }
    return flow;
  });
};
