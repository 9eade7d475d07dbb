import { median, medianOfSorted } from './median.ts';
import { normalQuantile } from './normal-quantile.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface TheilSen {
  /** Median of the slopes of all pairs of points, in units of y per unit of x. */
  readonly slope: number;
  /** `median(y) − slope × median(x)`. */
  readonly intercept: number;
  /** Ends of Sen's interval; where `covers` is false, the lowest and the highest slope that there is. */
  readonly lower: number;
  readonly upper: number;
  /** False where the points are too few for an interval with the wanted confidence: then it has no bound. */
  readonly covers: boolean;
}

/** Rounds a half to the even neighbour, as IEEE 754 and scipy do. */
const roundHalfEven = (value: number): number => {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
};

/** Sum of `k (k − 1)(2k + 5)` over the groups of `k` equal values: what ties take from the variance. */
const tieTerm = (values: readonly number[]): number => {
  const groups = Map.groupBy(values, (value) => value);
  return groups.values().reduce((sum, { length: k }) => sum + k * (k - 1) * (2 * k + 5), 0);
};

/** Standard deviation of Kendall's S (Sen 1968, equation 2.6). */
const deviationOf = (xs: readonly number[], ys: readonly number[]): number => {
  const n = xs.length;
  return Math.sqrt((n * (n - 1) * (2 * n + 5) - tieTerm(xs) - tieTerm(ys)) / 18);
};

const slopesOf = (points: readonly Point[]): Float64Array => {
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2);
  let count = 0;
  for (const [i, a] of points.entries()) {
    for (let k = i + 1; k < points.length; k += 1) {
      const b = points[k];
      if (b === undefined || a.x === b.x) continue;
      slopes[count] = (b.y - a.y) / (b.x - a.x) + 0; // the sum has no negative zero
      count += 1;
    }
  }
  return slopes.subarray(0, count).sort();
};

/**
 * Theil–Sen estimate of a slope with Sen's distribution-free interval (Sen 1968, J. Am. Stat. Assoc. 63, 1379; the
 * ranks are rounded as in scipy 1.17 `stats.theilslopes`). Up to 29 % of the points may be wrong without moving the
 * slope at will. Time and memory grow with the square of the number of points: thin out more than a thousand.
 * @param points finite numbers in any order
 * @param confidence of the interval, between 0 and 1
 * @returns undefined where no two points differ in x
 */
export const theilSen = (points: readonly Point[], confidence = 0.95): TheilSen | undefined => {
  const slopes = slopesOf(points);
  const last = slopes.length - 1;
  if (last < 0) return undefined;
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const spread = normalQuantile((1 + confidence) / 2) * deviationOf(xs, ys);
  const upperRank = roundHalfEven((slopes.length + spread) / 2);
  const lowerRank = roundHalfEven((slopes.length - spread) / 2) - 1;
  const slope = medianOfSorted(slopes);
  return {
    slope,
    intercept: median(ys) - slope * median(xs),
    lower: slopes[Math.max(lowerRank, 0)] ?? slope,
    upper: slopes[Math.min(upperRank, last)] ?? slope,
    covers: lowerRank >= 0 && upperRank <= last,
  };
};
