export const WATER_CLASSES = [1, 2, 3, 4] as const;
export type WaterClass = (typeof WATER_CLASSES)[number];

export const WATER_PARAMETERS = [
  'ph',
  'dissolved_oxygen',
  'tss',
  'bod',
  'cod',
  'nitrate_n',
  'total_phosphorus',
  'fecal_coliform',
] as const;
export type WaterParameter = (typeof WATER_PARAMETERS)[number];

/** Limits of one parameter for the classes 1 to 4; undefined where a class has none. */
export interface WaterLimit {
  /** UCUM code; coliforms are a most probable number in 100 mL. */
  readonly unit: '[pH]' | 'mg/L' | '{MPN}/dL';
  readonly limits: readonly (WaterSpan | undefined)[];
  /** True where all four figures were seen in one source; the others come from several, or from general knowledge. */
  readonly confirmed: boolean;
}

/** A value is good from the lowest to the highest; an end that is absent is open. */
export interface WaterSpan {
  readonly least?: number;
  readonly most?: number;
}

const atMost = (...limits: readonly (number | undefined)[]): readonly (WaterSpan | undefined)[] =>
  limits.map((most) => (most === undefined ? undefined : { most }));

const PH: WaterSpan = { least: 6, most: 9 };

/**
 * Quality of river water by its class (PP 22/2021, annex VI): 1 drinking water after treatment, 2 recreation and fish,
 * 3 fish and livestock, 4 irrigation. The annex itself was not seen.
 */
export const PP_22_2021_RIVER: Readonly<Record<WaterParameter, WaterLimit>> = {
  ph: { unit: '[pH]', limits: [PH, PH, PH, PH], confirmed: true },
  dissolved_oxygen: {
    unit: 'mg/L',
    limits: [{ least: 6 }, { least: 4 }, { least: 3 }, { least: 1 }],
    confirmed: false,
  },
  tss: { unit: 'mg/L', limits: atMost(40, 50, 100, 400), confirmed: true },
  bod: { unit: 'mg/L', limits: atMost(2, 3, 6, 12), confirmed: false },
  cod: { unit: 'mg/L', limits: atMost(10, 25, 40, 80), confirmed: false },
  nitrate_n: { unit: 'mg/L', limits: atMost(10, 10, 20, 20), confirmed: false },
  total_phosphorus: { unit: 'mg/L', limits: atMost(0.2, 0.2, 1, undefined), confirmed: false },
  fecal_coliform: { unit: '{MPN}/dL', limits: atMost(100, 1_000, 2_000, 2_000), confirmed: false },
};

/** One analysis of a sample, in the units of the limits. */
export type WaterSample = Readonly<Partial<Record<WaterParameter, number>>>;

export const waterSpan = (parameter: WaterParameter, waterClass: WaterClass): WaterSpan | undefined =>
  PP_22_2021_RIVER[parameter].limits[waterClass - 1];

/** The parameters of a sample that do not meet a class. A value at the limit meets it; NaN does not count. */
export const failsOf = (sample: WaterSample, waterClass: WaterClass): readonly WaterParameter[] =>
  WATER_PARAMETERS.filter((parameter) => {
    const value = sample[parameter];
    const span = waterSpan(parameter, waterClass);
    if (value === undefined || span === undefined) return false;
    return value < (span.least ?? -Infinity) || value > (span.most ?? Infinity);
  });

/** The strictest class that a sample meets in all that was measured; undefined where it meets none, or is empty. */
export const waterClassOf = (sample: WaterSample): WaterClass | undefined => {
  const isEmpty = WATER_PARAMETERS.every((parameter) => !Number.isFinite(sample[parameter]));
  return isEmpty ? undefined : WATER_CLASSES.find((waterClass) => failsOf(sample, waterClass).length === 0);
};
