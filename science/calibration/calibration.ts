import { type Dated, inForce } from '#science/in-force.ts';

/** The correction of raw values. It is data, so that it can be stored, shown and applied again. */
export type Calibration =
  /** `raw + offset`. */
  | { readonly kind: 'offset'; readonly offset: number }
  /** `gain × raw + offset`; an offset that is absent is 0. */
  | { readonly kind: 'gain'; readonly gain: number; readonly offset?: number }
  /** `c0 + c1 raw + c2 raw² + …`; the constant comes first. */
  | { readonly kind: 'polynomial'; readonly coefficients: readonly number[] };

/** A calibration with its name and validity. A new one never changes the old one: it begins later. */
export interface DatedCalibration extends Dated {
  /** Stands beside every value that it has corrected. */
  readonly id: string;
  readonly calibration: Calibration;
  /** Lowest and highest raw value of the data that it was fitted to. */
  readonly range?: readonly [low: number, high: number];
  /** ms since 1970; from then on it does not hold any more, even where no other one has begun. */
  readonly until?: number;
}

/** A value in the unit of the calibration; a polynomial is evaluated by Horner's scheme. */
export const calibrated = (calibration: Calibration, raw: number): number => {
  if (calibration.kind === 'offset') return raw + calibration.offset;
  if (calibration.kind === 'gain') return calibration.gain * raw + (calibration.offset ?? 0);
  return calibration.coefficients.reduceRight((sum, coefficient) => sum * raw + coefficient, 0);
};

export interface Corrected {
  readonly value: number;
  readonly correctedBy: string;
  /** The raw value lies outside the range that the calibration was fitted to. */
  readonly extrapolated: boolean;
}

/**
 * Corrects a raw value by the calibration in force at its time. The raw value is kept beside the corrected one.
 * @param at ms since 1970, the time of observation
 * @returns undefined where no calibration was in force: the raw value stands
 */
export const correctedAt = (versions: readonly DatedCalibration[], raw: number, at: number): Corrected | undefined => {
  const version = inForce(versions, at);
  if (version === undefined || at >= (version.until ?? Infinity)) return undefined;
  const [low, high] = version.range ?? [-Infinity, Infinity];
  return {
    value: calibrated(version.calibration, raw),
    correctedBy: version.id,
    extrapolated: raw < low || raw > high,
  };
};
