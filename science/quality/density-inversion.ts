import { FLAG } from '#model/readings/flag.ts';

export interface DensityInversion {
  /** kg/m³, negative: a density that decreases with depth by more is SUSPECT. */
  readonly suspect: number;
  /** As `suspect`, for FAIL. */
  readonly fail: number;
}

/**
 * QARTOD density inversion test (ioos_qc `density_inversion_test`) of a profile: both records of an inversion are flagged. A
 * profile with one record is UNKNOWN; the record after a missing one is MISSING too.
 * @param densities kg/m³; NaN is missing
 * @param depths metres; NaN is missing
 */
export const densityInversion = (
  densities: Float64Array,
  depths: Float64Array,
  { suspect, fail }: DensityInversion,
): Uint8Array => {
  if (densities.length < 2) return new Uint8Array(densities.length).fill(FLAG.UNKNOWN);
  const isMissing = (i: number): boolean => Number.isNaN(densities[i]) || Number.isNaN(depths[i]);
  /** Increase of the density from a record to the next, downwards. */
  const increase = (i: number): number =>
    ((densities[i + 1] ?? Number.NaN) - (densities[i] ?? Number.NaN)) *
    Math.sign((depths[i + 1] ?? Number.NaN) - (depths[i] ?? Number.NaN));
  const isBelow = (i: number, threshold: number): boolean => increase(i - 1) < threshold || increase(i) < threshold;
  return Uint8Array.from(densities, (_, i) => {
    if (isMissing(i) || (i > 0 && isMissing(i - 1))) return FLAG.MISSING;
    if (isBelow(i, fail)) return FLAG.FAIL;
    return isBelow(i, suspect) ? FLAG.SUSPECT : FLAG.GOOD;
  });
};
