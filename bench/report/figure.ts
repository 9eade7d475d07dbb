/** One measured figure. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Lowest and highest value of the rounds; the value itself is their median. */
  readonly spread?: readonly [low: number, high: number];
  /** Targets in the unit of the figure. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Result of a row of the benchmark. */
export interface RowResult {
  readonly row: string;
  /** Load and settings. */
  readonly setting: string;
  readonly figures: readonly Figure[];
  /** Notes for the reader: checked counts, warnings, missing programs. */
  readonly notes: readonly string[];
}

/** The middle value, or the mean of the two middle values. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
};

type Target = Pick<Figure, 'atLeast' | 'atMost'>;

/** A figure over several rounds. */
export const ofRounds = (name: string, unit: string, values: readonly number[], target: Target = {}): Figure => ({
  name,
  unit,
  value: median(values),
  spread: [Math.min(...values), Math.max(...values)],
  ...target,
});

/** True when a figure meets its target. Undefined without a target. */
export const isMet = ({ value, atLeast, atMost }: Figure): boolean | undefined => {
  if (atLeast !== undefined) return value >= atLeast;
  return atMost === undefined ? undefined : value <= atMost;
};

/** Slope of the regression line of a series, per hour. */
export const slopePerHour = (points: readonly { readonly atMs: number; readonly value: number }[]): number => {
  const mean = (of: (point: { atMs: number; value: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [meanAt, meanValue] = [mean(({ atMs }) => atMs), mean(({ value }) => value)];
  const covariance = mean(({ atMs, value }) => (atMs - meanAt) * (value - meanValue));
  const variance = mean(({ atMs }) => (atMs - meanAt) ** 2);
  return variance === 0 ? 0 : (covariance / variance) * 3_600_000;
};
