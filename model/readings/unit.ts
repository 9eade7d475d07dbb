/** A linear way from one unit to another: `value × scale + offset`. */
export interface Conversion {
  readonly scale: number;
  readonly offset: number;
}

/** Units in UCUM codes (case sensitive) with the text that people read. */
export const UNIT_TEXT: Readonly<Record<string, string>> = {
  'ug/m3': 'µg/m³',
  'mg/m3': 'mg/m³',
  '[ppb]': 'ppb',
  '[ppm]': 'ppm',
  Cel: '°C',
  '[degF]': '°F',
  '%': '%',
  '1': '',
  hPa: 'hPa',
  Pa: 'Pa',
  kPa: 'kPa',
  m: 'm',
  cm: 'cm',
  mm: 'mm',
  'm3/s': 'm³/s',
  'L/s': 'L/s',
  'm/s': 'm/s',
  'km/h': 'km/h',
  deg: '°',
  V: 'V',
  mV: 'mV',
  'dB{mW}': 'dBm',
  dB: 'dB',
};

const SCALES: readonly (readonly [from: string, to: string, scale: number, offset?: number])[] = [
  ['mg/m3', 'ug/m3', 1_000],
  ['Pa', 'hPa', 0.01],
  ['kPa', 'hPa', 10],
  ['cm', 'm', 0.01],
  ['mm', 'm', 0.001],
  ['cm', 'mm', 10],
  ['m', 'mm', 1_000],
  ['L/s', 'm3/s', 0.001],
  ['km/h', 'm/s', 1 / 3.6],
  ['mV', 'V', 0.001],
  ['1', '%', 100],
  ['[degF]', 'Cel', 5 / 9, -160 / 9],
];

/** Molar volume of an ideal gas at 25 °C and 1 atm, L/mol: the reference state of PP 22/2021, annex VII. */
const MOLAR_VOLUME = 24.45;

const convertGas = (from: string, molarMass: number): Conversion | undefined => {
  const perPpb = molarMass / MOLAR_VOLUME;
  if (from === '[ppb]') return { scale: perPpb, offset: 0 };
  return from === '[ppm]' ? { scale: perPpb * 1_000, offset: 0 } : undefined;
};

/**
 * The conversion of a value from one unit to another, or undefined when there is none.
 * @param molarMass g/mol of the gas, where ppb and ppm are to become µg/m³
 */
export const conversion = (from: string, to: string, molarMass?: number): Conversion | undefined => {
  if (from === to) return { scale: 1, offset: 0 };
  if (to === 'ug/m3' && molarMass !== undefined) {
    const gas = convertGas(from, molarMass);
    if (gas !== undefined) return gas;
  }
  const known = SCALES.find(([a, b]) => a === from && b === to);
  return known === undefined ? undefined : { scale: known[2], offset: known[3] ?? 0 };
};
