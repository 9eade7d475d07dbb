import type { Text } from '#model/readings/family.ts';
import {
  WATER_PARAMETERS,
  type WaterClass,
  type WaterParameter,
  type WaterSample,
  type WaterSpan,
  waterSpan,
} from './quality-classes.ts';

export const WATER_STATUS_IDS = ['good', 'light', 'moderate', 'heavy'] as const;
export type WaterStatusId = (typeof WATER_STATUS_IDS)[number];

export const WATER_STATUS: Readonly<Record<WaterStatusId, { readonly upTo: number; readonly words: Text }>> = {
  good: { upTo: 1, words: { id: 'memenuhi baku mutu', en: 'meets the standard' } },
  light: { upTo: 5, words: { id: 'cemar ringan', en: 'lightly polluted' } },
  moderate: { upTo: 10, words: { id: 'cemar sedang', en: 'moderately polluted' } },
  heavy: { upTo: Number.POSITIVE_INFINITY, words: { id: 'cemar berat', en: 'heavily polluted' } },
};

export interface PollutionIndex {
  readonly index: number;
  readonly status: WaterStatusId;
  /** Ratio of each parameter to its limit, as it goes into the index. */
  readonly ratios: Readonly<Partial<Record<WaterParameter, number>>>;
}

/**
 * Oxygen that fresh water holds when it is saturated at 1 atm, mg/L (Elmore and Hayes 1960; textbook). Good from 0 to
 * 35 °C.
 */
export const oxygenSaturation = (celsius: number): number =>
  14.652 - 0.41022 * celsius + 0.007991 * celsius ** 2 - 7.7774e-5 * celsius ** 3;

/** A limit with two ends: the distance from the middle, over that of the end on the same side. */
const ratioOfRange = (value: number, least: number, most: number): number => {
  const middle = (least + most) / 2;
  return Math.abs(value - middle) / ((most - least) / 2);
};

const ratioOf = (value: number, { least, most }: WaterSpan, saturation: number): number | undefined => {
  if (least !== undefined && most !== undefined) return ratioOfRange(value, least, most);
  if (most !== undefined) return value / most;
  if (least === undefined || saturation <= least) return undefined;
  return Math.max(saturation - value, 0) / (saturation - least); // falling oxygen is rising pollution
};

/** Above the limit the ratio grows by its logarithm, so that one parameter does not drown the others. */
const scaled = (ratio: number): number => (ratio > 1 ? 1 + 5 * Math.log10(ratio) : ratio);

export const waterStatus = (index: number): WaterStatusId =>
  WATER_STATUS_IDS.find((id) => index <= WATER_STATUS[id].upTo) ?? 'heavy';

/**
 * Pollution index of a sample for a class of water (KepmenLH 115/2003, annex II):
 * `PI = √((max² + mean²) / 2)` over the ratios of value to limit.
 * @param saturation oxygen of saturated water at the temperature of the sample, mg/L
 * @returns undefined where no parameter of the sample has a limit
 */
export const pollutionIndex = (
  sample: WaterSample,
  waterClass: WaterClass,
  saturation: number,
): PollutionIndex | undefined => {
  const found = WATER_PARAMETERS.flatMap((parameter) => {
    const value = sample[parameter];
    const span = waterSpan(parameter, waterClass);
    if (value === undefined || span === undefined || !Number.isFinite(value)) return [];
    const ratio = ratioOf(value, span, saturation);
    return ratio === undefined ? [] : [[parameter, scaled(ratio)] as const];
  });
  if (found.length === 0) return undefined;
  const ratios = found.map(([, ratio]) => ratio);
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  const index = Math.sqrt((Math.max(...ratios) ** 2 + mean ** 2) / 2);
  return { index, status: waterStatus(index), ratios: Object.fromEntries(found) };
};
