import { median } from '#science/statistics/median.ts';

/** Median time between neighbours of ascending times, in their unit; NaN of fewer than two. */
export const medianInterval = (times: Float64Array): number =>
  median([...times].slice(1).map((time, i) => time - (times[i] ?? Number.NaN)));
