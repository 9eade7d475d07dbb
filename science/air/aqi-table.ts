import type { Band } from './band.ts';

export const AQI_POLLUTANTS = ['PM2.5', 'PM10', 'O3 8h', 'O3 1h', 'CO 8h', 'SO2 1h', 'SO2 24h', 'NO2 1h'] as const;
export type AqiPollutant = (typeof AQI_POLLUTANTS)[number];

export interface AqiScale {
  /** UCUM code of the unit that goes in. */
  readonly unit: 'ug/m3' | '[ppm]' | '[ppb]';
  /** Decimals to which the input is truncated. */
  readonly decimals: number;
  readonly averagingHours: 1 | 8 | 24;
  readonly bands: readonly Band[];
  /**
   * Above the last band: the line goes on (`extrapolated`), the index stays at the end of the band (`held`), or there
   * is none (`none`). Below the first band there is none.
   */
  readonly above: 'extrapolated' | 'held' | 'none';
}

const INDICES = [
  [0, 50],
  [51, 100],
  [101, 150],
  [151, 200],
  [201, 300],
  [301, 500],
] as const;

/** Bands from their ends, for consecutive steps of the index that begin at `first`. */
const bands = (first: number, ...spans: readonly (readonly [low: number, high: number])[]): readonly Band[] =>
  spans.flatMap(([low, high], i) => {
    const index = INDICES[first + i];
    return index === undefined ? [] : [{ low, high, indexLow: index[0], indexHigh: index[1] }];
  });

/** Breakpoints of the US air quality index in force since 6 May 2024: 89 FR 16202; EPA-454/B-24-002, table 5. */
export const AQI_2024: Readonly<Record<AqiPollutant, AqiScale>> = {
  'PM2.5': {
    unit: 'ug/m3',
    decimals: 1,
    averagingHours: 24,
    bands: bands(0, [0, 9], [9.1, 35.4], [35.5, 55.4], [55.5, 125.4], [125.5, 225.4], [225.5, 325.4]),
    above: 'extrapolated',
  },
  PM10: {
    unit: 'ug/m3',
    decimals: 0,
    averagingHours: 24,
    bands: bands(0, [0, 54], [55, 154], [155, 254], [255, 354], [355, 424], [425, 604]),
    above: 'extrapolated',
  },
  'O3 8h': {
    unit: '[ppm]',
    decimals: 3,
    averagingHours: 8,
    bands: bands(0, [0, 0.054], [0.055, 0.07], [0.071, 0.085], [0.086, 0.105], [0.106, 0.2]),
    above: 'none',
  },
  'O3 1h': {
    unit: '[ppm]',
    decimals: 3,
    averagingHours: 1,
    bands: bands(2, [0.125, 0.164], [0.165, 0.204], [0.205, 0.404], [0.405, 0.604]),
    above: 'extrapolated',
  },
  'CO 8h': {
    unit: '[ppm]',
    decimals: 1,
    averagingHours: 8,
    bands: bands(0, [0, 4.4], [4.5, 9.4], [9.5, 12.4], [12.5, 15.4], [15.5, 30.4], [30.5, 50.4]),
    above: 'extrapolated',
  },
  'SO2 1h': {
    unit: '[ppb]',
    decimals: 0,
    averagingHours: 1,
    bands: bands(0, [0, 35], [36, 75], [76, 185], [186, 304]),
    above: 'held',
  },
  'SO2 24h': {
    unit: '[ppb]',
    decimals: 0,
    averagingHours: 24,
    bands: bands(4, [305, 604], [605, 1_004]),
    above: 'extrapolated',
  },
  'NO2 1h': {
    unit: '[ppb]',
    decimals: 0,
    averagingHours: 1,
    bands: bands(0, [0, 53], [54, 100], [101, 360], [361, 649], [650, 1_249], [1_250, 2_049]),
    above: 'extrapolated',
  },
};

export interface AqiCategory {
  readonly upTo: number;
  readonly word: string;
  /** Colour of the category, sRGB. Not the colours of the ISPU. */
  readonly rgb: readonly [red: number, green: number, blue: number];
}

const HAZARDOUS: AqiCategory = { upTo: Number.POSITIVE_INFINITY, word: 'Hazardous', rgb: [126, 0, 35] };

/** From the mildest to the gravest. */
export const AQI_CATEGORIES: readonly AqiCategory[] = [
  { upTo: 50, word: 'Good', rgb: [0, 228, 0] },
  { upTo: 100, word: 'Moderate', rgb: [255, 255, 0] },
  { upTo: 150, word: 'Unhealthy for Sensitive Groups', rgb: [255, 126, 0] },
  { upTo: 200, word: 'Unhealthy', rgb: [255, 0, 0] },
  { upTo: 300, word: 'Very Unhealthy', rgb: [143, 63, 151] },
  HAZARDOUS,
];

/** Category of a rounded index of 0 or more. */
export const aqiCategory = (index: number): AqiCategory =>
  AQI_CATEGORIES.find(({ upTo }) => index <= upTo) ?? HAZARDOUS;
