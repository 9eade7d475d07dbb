/** One band of an index: a span of concentrations and the span of the index that it stands for. */
export interface Band {
  readonly low: number;
  readonly high: number;
  readonly indexLow: number;
  readonly indexHigh: number;
}

/**
 * The index on the straight line through both ends of a band, neither rounded nor capped:
 * `I = (Ihigh − Ilow) / (Chigh − Clow) × (C − Clow) + Ilow`. The line goes on outside the band.
 */
export const interpolate = ({ low, high, indexLow, indexHigh }: Band, concentration: number): number =>
  ((indexHigh - indexLow) * (concentration - low)) / (high - low) + indexLow;
