import type { Text } from '#model/readings/family.ts';
import { roundHalfUp } from '#science/rounding.ts';

export const RAIN_CLASS_IDS = ['very-light', 'light', 'moderate', 'heavy', 'very-heavy', 'extreme'] as const;
export type RainClassId = (typeof RAIN_CLASS_IDS)[number];

export const RAIN_WORDS: Readonly<Record<RainClassId, Text>> = {
  'very-light': { id: 'sangat ringan', en: 'very light' },
  light: { id: 'ringan', en: 'light' },
  moderate: { id: 'sedang', en: 'moderate' },
  heavy: { id: 'lebat', en: 'heavy' },
  'very-heavy': { id: 'sangat lebat', en: 'very heavy' },
  extreme: { id: 'ekstrem', en: 'extreme' },
};

/** A table of classes. Two daily tables are in use: the id of the one that was applied stands beside every class. */
export interface RainTable {
  readonly id: string;
  readonly source: string;
  /** Length of the sum that goes in, h. A day is the rain day from 07:00 to 07:00 WIB. */
  readonly hours: 1 | 24;
  /** Lowest sum that has a class, mm. */
  readonly from: number;
  /** Upper edge of each class, mm; the edge belongs to the lower class. */
  readonly classes: readonly (readonly [id: RainClassId, upTo: number])[];
}

const REST = Number.POSITIVE_INFINITY;

export const BMKG_DAY: RainTable = {
  id: 'bmkg-day',
  source: 'daily classes of BMKG',
  hours: 24,
  from: 0.5,
  classes: [
    ['light', 20],
    ['moderate', 50],
    ['heavy', 100],
    ['very-heavy', 150],
    ['extreme', REST],
  ],
};

export const BBWS_DAY: RainTable = {
  id: 'bbws-serayu-opak-day',
  source: 'daily classes of BBWS Serayu Opak (bbwsso.monitoring4system.com)',
  hours: 24,
  from: 0.1,
  classes: [
    ['light', 20],
    ['moderate', 50],
    ['heavy', 100],
    ['very-heavy', REST],
  ],
};

export const BBWS_HOUR: RainTable = {
  id: 'bbws-serayu-opak-hour',
  source: 'hourly classes of BBWS Serayu Opak',
  hours: 1,
  from: 0.1,
  classes: [
    ['very-light', 1],
    ['light', 5],
    ['moderate', 10],
    ['heavy', 20],
    ['very-heavy', REST],
  ],
};

export const RAIN_TABLES: readonly RainTable[] = [BMKG_DAY, BBWS_DAY, BBWS_HOUR];

/** Digits to which a sum is rounded before it is put into a class: 29.999999999999996 mm is 30 mm. */
const DECIMALS = 3;

/**
 * Class of a sum of rain.
 * @param millimetres complete sum over the hours of the table
 * @returns undefined below the lowest class: no rain worth a class
 */
export const rainClass = ({ from, classes }: RainTable, millimetres: number): RainClassId | undefined => {
  const sum = roundHalfUp(millimetres, DECIMALS);
  return sum < from ? undefined : classes.find(([, upTo]) => sum <= upTo)?.[0];
};

/** Rain since the report before. */
export interface RainReport {
  /** Time of the report, ms since 1970. */
  readonly at: number;
  readonly millimetres: number;
}

/**
 * Sum of the reports in (start, end], mm: a report at the end belongs to the sum, one at the start to the sum before.
 * A report that stands for a long outage counts whole at its time; it is not spread over the hours.
 * @param start ms since 1970
 * @param end ms since 1970
 */
export const rainBetween = (reports: readonly RainReport[], start: number, end: number): number => {
  const sum = reports.reduce(
    (total, { at, millimetres }) => (at > start && at <= end ? total + millimetres : total),
    0,
  );
  return roundHalfUp(sum, DECIMALS);
};
