import type { Series } from '#model/readings/columns.ts';

/** The numbers that the quality tests keep of a series. Those behind the last one that is not 0 are left out. */
export interface SeriesCourse {
  readonly series: Series;
  readonly numbers: Float64Array;
}
