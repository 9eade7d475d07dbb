/** The substitute for a value below the detection limit in a mean. `keep` is the measured value, which does not bias a mean. */
export type BelowLimit = 'keep' | 'zero' | 'half' | 'root-two';

const SUBSTITUTE: Readonly<Record<BelowLimit, (value: number, limit: number) => number>> = {
  keep: (value) => value,
  zero: () => 0,
  half: (_, limit) => limit / 2,
  'root-two': (_, limit) => limit / Math.SQRT2,
};

export interface Detected {
  /** The value for a mean. */
  readonly value: number;
  /** Below the limit: it is shown as "< limit". */
  readonly below: boolean;
}

/** Marks a value below the detection limit; a value at the limit is detected. */
export const detected = (value: number, limit: number, rule: BelowLimit = 'keep'): Detected =>
  value < limit ? { value: SUBSTITUTE[rule](value, limit), below: true } : { value, below: false };

/**
 * Detection limit from readings in clean air: mean plus three standard deviations (IUPAC, k = 3).
 * @returns undefined with fewer than two readings
 */
export const detectionLimit = (blanks: readonly number[], k = 3): number | undefined => {
  if (blanks.length < 2) return undefined;
  const mean = blanks.reduce((sum, value) => sum + value, 0) / blanks.length;
  const squares = blanks.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return mean + k * Math.sqrt(squares / (blanks.length - 1));
};
