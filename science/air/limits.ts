/** Time over which the mean of a limit is formed; `peak season` is the mean of the daily highest 8 h means of six months. */
export type LimitPeriod = '10 min' | '1 h' | '3 h' | '8 h' | '24 h' | 'peak season' | 'year';

export const LIMIT_POLLUTANTS = ['PM2.5', 'PM10', 'O3', 'NO2', 'SO2', 'CO', 'NMHC', 'TSP', 'Pb'] as const;
export type LimitPollutant = (typeof LIMIT_POLLUTANTS)[number];

export interface AirLimit {
  readonly pollutant: LimitPollutant;
  readonly period: LimitPeriod;
  /** µg/m³. */
  readonly value: number;
  /** Interim targets, from the weakest (1) to the strictest, µg/m³. Empty where there are none. */
  readonly interim: readonly number[];
  /** False where the figure or its period comes from one secondary source or from general knowledge. */
  readonly confirmed: boolean;
}

export interface AirLimits {
  readonly id: string;
  readonly source: string;
  /** State of the air to which gas concentrations refer; undefined where the source seen does not say. */
  readonly state: '25 °C, 1 atm' | undefined;
  readonly limits: readonly AirLimit[];
}

type LimitRow = readonly [pollutant: LimitPollutant, period: LimitPeriod, value: number, interim?: readonly number[]];

const limit = ([pollutant, period, value, interim = []]: LimitRow, confirmed: boolean): AirLimit => ({
  pollutant,
  period,
  value,
  interim,
  confirmed,
});

const confirmed = (...rows: readonly LimitRow[]): readonly AirLimit[] => rows.map((row) => limit(row, true));
const unconfirmed = (...rows: readonly LimitRow[]): readonly AirLimit[] => rows.map((row) => limit(row, false));

/** Guideline values of 2021 with their interim targets. Values over 24 h are meant as a 99th percentile of the year. */
export const WHO_2021: AirLimits = {
  id: 'who-2021',
  source: 'WHO global air quality guidelines, 2021',
  state: undefined,
  limits: [
    ...confirmed(
      ['PM2.5', 'year', 5, [35, 25, 15, 10]],
      ['PM2.5', '24 h', 15, [75, 50, 37.5, 25]],
      ['PM10', 'year', 15, [70, 50, 30, 20]],
      ['PM10', '24 h', 45, [150, 100, 75, 50]],
      ['O3', '8 h', 100, [160, 120]],
      ['O3', 'peak season', 60, [100, 70]],
      ['NO2', 'year', 10, [40, 30, 20]],
      ['NO2', '24 h', 25, [120, 50]],
      ['SO2', '24 h', 40, [125, 50]],
      ['CO', '24 h', 4_000, [7_000]],
    ),
    ...unconfirmed(['NO2', '1 h', 200], ['SO2', '10 min', 500], ['CO', '8 h', 10_000]),
  ],
};

/** National ambient standards. Except for PM2.5 the periods come from one secondary source. */
export const PP_22_2021: AirLimits = {
  id: 'pp-22-2021',
  source: 'PP 22/2021, annex VII',
  state: '25 °C, 1 atm',
  limits: [
    ...confirmed(['PM2.5', '24 h', 55], ['PM2.5', 'year', 15]),
    ...unconfirmed(
      ['PM10', '24 h', 75],
      ['PM10', 'year', 40],
      ['SO2', '1 h', 150],
      ['SO2', '24 h', 75],
      ['SO2', 'year', 45],
      ['CO', '1 h', 10_000],
      ['CO', '8 h', 4_000],
      ['NO2', '1 h', 200],
      ['NO2', '24 h', 65],
      ['NO2', 'year', 50],
      ['O3', '1 h', 150],
      ['O3', '8 h', 100],
      ['O3', 'year', 35],
      ['NMHC', '3 h', 160],
      ['TSP', '24 h', 230],
      ['Pb', '24 h', 2],
    ),
  ],
};

export const AIR_LIMITS: readonly AirLimits[] = [PP_22_2021, WHO_2021];

export interface LimitComparison {
  readonly limit: AirLimit;
  readonly concentration: number;
  /** Concentration over limit: 1 is at the limit. */
  readonly ratio: number;
  /** Strictly above the limit. */
  readonly exceeded: boolean;
  /** Number of the strictest interim target that is met, from 1; undefined where none is met or the source has none. */
  readonly interimMet: number | undefined;
}

/**
 * Compares a mean with the limit of its pollutant and period.
 * @param concentration complete mean over the period, µg/m³
 * @returns undefined where the source has no such limit, or the concentration is not a finite number
 */
export const compareWithLimit = (
  { limits }: AirLimits,
  pollutant: LimitPollutant,
  period: LimitPeriod,
  concentration: number,
): LimitComparison | undefined => {
  const found = limits.find((one) => one.pollutant === pollutant && one.period === period);
  if (found === undefined || !Number.isFinite(concentration)) return undefined;
  const met = found.interim.filter((target) => concentration <= target).length;
  return {
    limit: found,
    concentration,
    ratio: concentration / found.value,
    exceeded: concentration > found.value,
    interimMet: met === 0 ? undefined : met,
  };
};
