import { type WaterStatusId, waterStatus } from './pollution-index.ts';

/** Weight of a sample of each status. */
const WEIGHT: Readonly<Record<WaterStatusId, number>> = { good: 70, light: 50, moderate: 30, heavy: 10 };

/**
 * IKA, the water part of the environmental quality index IKLH: the mean of 70, 50, 30 or 10 for the status of each
 * sample (Permen LHK 27/2021 as generally quoted; the annex was not seen). 10 to 70; higher is better.
 * @param indices pollution index of each sample of the year, for class 2
 * @returns undefined without a sample
 */
export const ika = (indices: readonly number[]): number | undefined => {
  const valid = indices.filter((index) => Number.isFinite(index));
  if (valid.length === 0) return undefined;
  return valid.reduce((sum, index) => sum + WEIGHT[waterStatus(index)], 0) / valid.length;
};
