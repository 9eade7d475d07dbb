import { FLAG, type Flag } from '#model/readings/flag.ts';

/**
 * `average`: distance to the mean of the two neighbours. `differential`: the smaller of the two steps, where the value turns
 * back; a step that stays, such as the emptying of a bin, is not a spike.
 */
export const SPIKE_METHODS = ['average', 'differential'] as const;
export type SpikeMethod = (typeof SPIKE_METHODS)[number];

export interface Spike {
  /** In the unit of the values. A spike strictly above it is SUSPECT; 0 and undefined switch it off. */
  readonly suspect?: number;
  /** As `suspect`, for FAIL. */
  readonly fail?: number;
  readonly method?: SpikeMethod;
}

/** Height of a value above its neighbours by each method; NaN when one of the three is missing. */
const HEIGHT: Readonly<Record<SpikeMethod, (before: number, value: number, after: number) => number>> = {
  average: (before, value, after) => Math.abs(value - (before + after) / 2),
  differential: (before, value, after) => {
    const [rise, fall] = [value - before, after - value];
    if (Number.isNaN(rise + fall)) return Number.NaN;
    return rise * fall < 0 ? Math.min(Math.abs(rise), Math.abs(fall)) : 0;
  },
};

/** The flag of one value between its neighbours; NaN is missing. */
export const spikeFlag = (
  before: number,
  value: number,
  after: number,
  { suspect = 0, fail = 0, method = 'average' }: Spike,
): Flag => {
  if (Number.isNaN(value)) return FLAG.MISSING;
  const height = HEIGHT[method](before, value, after);
  if (Number.isNaN(height)) return FLAG.UNKNOWN;
  if (fail > 0 && height > fail) return FLAG.FAIL;
  return suspect > 0 && height > suspect ? FLAG.SUSPECT : FLAG.GOOD;
};

/**
 * QARTOD spike test (ioos_qc `spike_test`). The first and the last value, and a value beside a missing one, are UNKNOWN.
 * @param values NaN is missing
 */
export const spike = (values: Float64Array, parameters: Spike): Uint8Array =>
  Uint8Array.from(values, (value, i) =>
    spikeFlag(values[i - 1] ?? Number.NaN, value, values[i + 1] ?? Number.NaN, parameters),
  );
