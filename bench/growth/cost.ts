import type { Figure } from '#bench/report/figure.ts';

/** A cost at one size, such as microseconds for a message with 100 devices. */
interface CostAt {
  readonly size: number;
  readonly cost: number;
}

/** A cost over sizes that grow by a constant factor; a first size of 0 stands for none. */
export interface CostSeries {
  readonly name: string;
  readonly unit: string;
  /** Noun of the sizes. */
  readonly of: string;
  readonly points: readonly CostAt[];
  /** The least cost that is worth a word; differences below it are noise. */
  readonly noise: number;
}

/**
 * True when a cost grows faster than the logarithm of the size. With the logarithm each tenfold size adds the same; so the
 * last step is compared with the largest one before it. A step below the noise, or of less than a quarter of the cost, is none.
 */
export const growsFasterThanLogarithm = ({ points, noise }: CostSeries): boolean => {
  const costs = points.map(({ cost }) => cost);
  const steps = costs.slice(1).map((cost, i) => cost - (costs[i] ?? 0));
  const last = steps.at(-1) ?? 0;
  const before = Math.max(0, ...steps.slice(0, -1));
  const start = costs.at(-2) ?? 0;
  return last > noise && last > start / 4 && last > 2 * before;
};

const written = (size: number): string => (size >= 1e6 ? `${size / 1e6} million` : size.toLocaleString('en'));

export const costFigures = ({ name, unit, of, points }: CostSeries): readonly Figure[] =>
  points.map(({ size, cost }) => ({ name: `${name}, ${written(size)} ${of}`, value: cost, unit }));

/** One sentence about what grows faster than the logarithm. */
export const growthNote = (all: readonly CostSeries[]): string => {
  const faster = all.filter((series) => growsFasterThanLogarithm(series)).map(({ name, of }) => `${name} (by ${of})`);
  return faster.length === 0
    ? 'no cost grows faster than the logarithm of the size'
    : `faster than the logarithm of the size: ${faster.join('; ')}`;
};
