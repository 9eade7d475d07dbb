/** One measured figure. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Lowest and highest of the rounds that the value is the median of. */
  readonly spread?: readonly [low: number, high: number];
  /** What is to be held, in the figure's unit. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** What a row of the bench found. */
export interface RowResult {
  readonly row: string;
  /** What was loaded, how, and with which settings. */
  readonly setting: string;
  readonly figures: readonly Figure[];
  /** What a reader must know: counts that were checked, warnings, what was missing. */
  readonly notes: readonly string[];
}

/** The middle one, or the mean of the two in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
};

type Hold = Pick<Figure, 'atLeast' | 'atMost'>;

/** A figure over several rounds. */
export const ofRounds = (name: string, unit: string, values: readonly number[], hold: Hold = {}): Figure => ({
  name,
  unit,
  value: median(values),
  spread: [Math.min(...values), Math.max(...values)],
  ...hold,
});

/** Whether a figure is as it should be; undefined when nothing is to be held. */
export const isHeld = ({ value, atLeast, atMost }: Figure): boolean | undefined => {
  if (atLeast !== undefined) return value >= atLeast;
  return atMost === undefined ? undefined : value <= atMost;
};

/** How much a series rises by the hour: the slope of the straight line that fits it best. */
export const slopePerHour = (points: readonly { readonly atMs: number; readonly value: number }[]): number => {
  const mean = (of: (point: { atMs: number; value: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [meanAt, meanValue] = [mean(({ atMs }) => atMs), mean(({ value }) => value)];
  const covariance = mean(({ atMs, value }) => (atMs - meanAt) * (value - meanValue));
  const variance = mean(({ atMs }) => (atMs - meanAt) ** 2);
  return variance === 0 ? 0 : (covariance / variance) * 3_600_000;
};
