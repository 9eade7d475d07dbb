import { roundHalfUp } from '#science/rounding.ts';
import { type Band, interpolate } from './band.ts';
import { type IspuCategory, ispuCategory } from './ispu-categories.ts';
import { ISPU_EDGES, ISPU_P14_2020, ISPU_POLLUTANTS, type IspuPollutant, type IspuTable } from './ispu-tables.ts';

/** End of the scale: an index is shown no higher, and what the line gives above it stands beside it. */
const TOP = 500;

export interface IspuSubIndex {
  readonly pollutant: IspuPollutant;
  /** Id of the table of breakpoints. */
  readonly table: string;
  /** Not rounded and not capped. */
  readonly exact: number;
  /** Rounded half up, at most 500. */
  readonly index: number;
  /** Rounded half up, without a cap. Differs from `index` only above 500. */
  readonly extrapolated: number;
  /** The concentration lies above the last breakpoint, for which the table gives no index. */
  readonly beyond: boolean;
  /** Category of the rounded index. */
  readonly category: IspuCategory;
}

export interface Ispu {
  readonly table: string;
  readonly index: number;
  readonly extrapolated: number;
  readonly beyond: boolean;
  readonly category: IspuCategory;
  /** Pollutants with the highest rounded sub-index, in the order of `ISPU_POLLUTANTS`; the first one is shown. */
  readonly critical: readonly IspuPollutant[];
  /** In the order of `ISPU_POLLUTANTS`. */
  readonly subIndices: readonly IspuSubIndex[];
}

const bandsOf = (edges: readonly number[]): readonly Band[] =>
  edges.flatMap((high, i) => {
    const indexHigh = ISPU_EDGES[i];
    if (indexHigh === undefined) return [];
    return [{ low: edges[i - 1] ?? 0, high, indexLow: ISPU_EDGES[i - 1] ?? 0, indexHigh }];
  });

/**
 * Sub-index of one pollutant (P.14/2020 annex, contiguous reading of the bands): a straight line between the
 * breakpoints, no truncation of the input, rounded half up at the end. Above the last breakpoint the line of the last
 * band goes on.
 * @param concentration mean over the averaging time of the table, µg/m³ at 25 °C and 1 atm; below 0 it counts as 0
 * @returns undefined where the table has no breakpoints for the pollutant, or the concentration is not a finite number
 */
export const ispuSubIndex = (
  pollutant: IspuPollutant,
  concentration: number,
  table: IspuTable = ISPU_P14_2020,
): IspuSubIndex | undefined => {
  const bands = bandsOf(table.edges[pollutant] ?? []);
  const last = bands.at(-1);
  if (last === undefined || !Number.isFinite(concentration)) return undefined;
  const value = Math.max(concentration, 0);
  const exact = interpolate(bands.find(({ high }) => value <= high) ?? last, value);
  const extrapolated = roundHalfUp(exact);
  return {
    pollutant,
    table: table.id,
    exact,
    index: Math.min(extrapolated, TOP),
    extrapolated,
    beyond: value > last.high,
    category: ispuCategory(extrapolated),
  };
};

/**
 * Index of a station: the highest sub-index. Whoever computes it decides before whether the means are complete.
 * @param means mean of each pollutant over the averaging time of the table, µg/m³ at 25 °C and 1 atm
 * @returns undefined where no pollutant gives a sub-index
 */
export const ispu = (
  means: Readonly<Partial<Record<IspuPollutant, number>>>,
  table: IspuTable = ISPU_P14_2020,
): Ispu | undefined => {
  const subIndices = ISPU_POLLUTANTS.flatMap((pollutant) => {
    const mean = means[pollutant];
    const sub = mean === undefined ? undefined : ispuSubIndex(pollutant, mean, table);
    return sub === undefined ? [] : [sub];
  });
  const highest = Math.max(...subIndices.map(({ extrapolated }) => extrapolated));
  const critical = subIndices.filter(({ extrapolated }) => extrapolated === highest);
  const [first] = critical;
  if (first === undefined) return undefined;
  return {
    table: table.id,
    index: first.index,
    extrapolated: first.extrapolated,
    beyond: critical.some(({ beyond }) => beyond),
    category: first.category,
    critical: critical.map(({ pollutant }) => pollutant),
    subIndices,
  };
};
