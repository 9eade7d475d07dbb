import { truncate } from '#science/rounding.ts';

const HOURS = 12;

/** For particles the weight is at least this. */
const LEAST_WEIGHT = 0.5;

/** Number of the latest three hours that must be present. */
const NEEDED_OF_THREE = 2;

/** Decimals to which the result is truncated before it goes into the index. */
const DECIMALS = { 'PM2.5': 1, PM10: 0 } as const;

export interface NowCast {
  /** Weight of an hour against the hour after it: 0.5 to 1. */
  readonly weight: number;
  /** Not truncated, µg/m³. */
  readonly exact: number;
  /** Truncated, µg/m³: what goes into the US index. */
  readonly value: number;
}

const isPresent = (mean: number | null | undefined): mean is number =>
  mean !== null && mean !== undefined && Number.isFinite(mean);

/** `min / max`, which is `1 − (max − min) / max`, but at least 0.5; 1 where the air is clean. */
const weightOf = (means: readonly number[]): number => {
  const highest = Math.max(...means);
  return highest <= 0 ? 1 : Math.max(Math.min(...means) / highest, LEAST_WEIGHT);
};

/**
 * NowCast of particles: a weighted mean of the last 12 clock hours that follows quick changes
 * (EPA leaflet on NowCast, NEPIS P100X0J6). Ozone has another method and is not offered.
 * @param hours mean of each clock hour in µg/m³, the latest one last; null, undefined and NaN are missing hours. Only
 * the last 12 count, and hours that are absent before the first one are missing. Negative means count as 0
 * @returns undefined where fewer than two of the latest three hours are present
 */
export const nowCast = (
  hours: readonly (number | null | undefined)[],
  pollutant: keyof typeof DECIMALS,
): NowCast | undefined => {
  const latestFirst = hours.slice(-HOURS).toReversed();
  if (latestFirst.slice(0, 3).filter(isPresent).length < NEEDED_OF_THREE) return undefined;
  const present = latestFirst.flatMap((mean, ago) => (isPresent(mean) ? [{ ago, mean: Math.max(mean, 0) }] : []));
  const weight = weightOf(present.map(({ mean }) => mean));
  let weighted = 0;
  let weights = 0;
  for (const { ago, mean } of present) {
    weighted += weight ** ago * mean;
    weights += weight ** ago;
  }
  const exact = weighted / weights;
  return { weight, exact, value: truncate(exact, DECIMALS[pollutant]) };
};
