import type { Point } from './theil-sen.ts';

export interface LineFit {
  /** In units of y per unit of x. */
  readonly slope: number;
  readonly intercept: number;
  /** Share of the variance of y that the line explains, 0 to 1; 1 where y does not vary. */
  readonly r2: number;
  /** Standard error of the slope. */
  readonly slopeError: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Line of least squares of y on x (textbook). The sums are taken about the means, so that large values lose no digits.
 * @param points finite numbers
 * @returns undefined with fewer than three points, or where x does not vary
 */
export const lineFit = (points: readonly Point[]): LineFit | undefined => {
  if (points.length < 3) return undefined;
  const [x0, y0] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  let [xx, xy, yy] = [0, 0, 0];
  for (const { x, y } of points) {
    xx += (x - x0) ** 2;
    xy += (x - x0) * (y - y0);
    yy += (y - y0) ** 2;
  }
  if (xx === 0) return undefined;
  const slope = xy / xx;
  const rest = Math.max(yy - slope * xy, 0);
  return {
    slope,
    intercept: y0 - slope * x0,
    r2: yy === 0 ? 1 : Math.min((slope * xy) / yy, 1),
    slopeError: Math.sqrt(rest / (points.length - 2) / xx),
  };
};
