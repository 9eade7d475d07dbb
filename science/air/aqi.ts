import { roundHalfUp, truncate } from '#science/rounding.ts';
import {
  AQI_2024,
  AQI_POLLUTANTS,
  type AqiCategory,
  type AqiPollutant,
  type AqiScale,
  aqiCategory,
} from './aqi-table.ts';
import { type Band, interpolate } from './band.ts';

/** End of the scale: the index is shown no higher. */
const TOP = 500;

export interface Aqi {
  readonly pollutant: AqiPollutant;
  /** The input after truncation, in the unit of the scale. */
  readonly truncated: number;
  /** Not rounded and not capped. */
  readonly exact: number;
  /** Rounded half up, at most 500. */
  readonly index: number;
  /** Rounded half up, without a cap (40 CFR 58 appendix G, 12.ii, lets the last two breakpoints be used on). */
  readonly extrapolated: number;
  /** The concentration lies above the last breakpoint. */
  readonly beyond: boolean;
  readonly category: AqiCategory;
}

interface BandPlace {
  readonly band: Band;
  readonly value: number;
  readonly beyond: boolean;
}

/** The band of a truncated value, the value to put into it, and whether the line is used beyond its end. */
const placeOf = ({ bands, above }: AqiScale, value: number): BandPlace | undefined => {
  const band = bands.find(({ low, high }) => value >= low && value <= high);
  if (band !== undefined) return { band, value, beyond: false };
  const last = bands.at(-1);
  if (last === undefined || value <= last.high || above === 'none') return undefined;
  return above === 'held' ? { band: last, value: last.high, beyond: false } : { band: last, value, beyond: true };
};

/**
 * US air quality index of one pollutant, 2024: truncate, interpolate inside the band, round half up
 * (EPA-454/B-24-002).
 * @param concentration mean over the averaging time, in the unit that `AQI_2024` names for the pollutant; below 0 it
 * counts as 0
 * @returns undefined where the scale gives no index: O3 over 8 hours above 0.200 ppm, O3 over 1 hour below 0.125 ppm,
 * SO2 over 24 hours below 305 ppb, or a number that is not finite
 */
export const aqi = (pollutant: AqiPollutant, concentration: number): Aqi | undefined => {
  if (!Number.isFinite(concentration)) return undefined;
  const scale = AQI_2024[pollutant];
  const truncated = truncate(Math.max(concentration, 0), scale.decimals);
  const place = placeOf(scale, truncated);
  if (place === undefined) return undefined;
  const exact = interpolate(place.band, place.value);
  const extrapolated = roundHalfUp(exact);
  return {
    pollutant,
    truncated,
    exact,
    index: Math.min(extrapolated, TOP),
    extrapolated,
    beyond: place.beyond,
    category: aqiCategory(extrapolated),
  };
};

/**
 * Index of a station: the highest of its pollutants, undefined where none gives one. Both times of O3 count. SO2 over
 * 1 hour gives at most 200, and over 24 hours an index only from 305 ppb up, so that the higher of the two is right.
 * @param means mean of each pollutant over its averaging time, in the unit that `AQI_2024` names
 */
export const stationAqi = (means: Readonly<Partial<Record<AqiPollutant, number>>>): Aqi | undefined => {
  const all = AQI_POLLUTANTS.flatMap((pollutant) => {
    const mean = means[pollutant];
    const one = mean === undefined ? undefined : aqi(pollutant, mean);
    return one === undefined ? [] : [one];
  });
  return all.reduce<Aqi | undefined>(
    (highest, one) => (highest === undefined || one.extrapolated > highest.extrapolated ? one : highest),
    undefined,
  );
};
