/** Molar mass of the gases that sensors report in ppb, g/mol. */
export const MOLAR_MASS = { CO: 28.0101, NO2: 46.0055, O3: 47.998, SO2: 64.066 } as const;
export type Gas = keyof typeof MOLAR_MASS;

/** Molar gas constant, J/(mol K) (SI 2019). */
const GAS_CONSTANT = 8.314462618;

const KELVIN = 273.15;

/** A state of the air in which a gas concentration is given. */
export interface GasState {
  readonly celsius: number;
  readonly hectopascal: number;
}

/** 25 °C and 1 atm: the state to which PP 22/2021, annex VII, refers every limit. */
export const REFERENCE_STATE: GasState = { celsius: 25, hectopascal: 1_013.25 };

/**
 * Molar volume of an ideal gas in the reference state, L/mol, with the four digits that regulations print. The
 * unrounded figure is 24.4654, which gives results that are 0.063 % lower.
 */
export const MOLAR_VOLUME = 24.45;

/** Molar volume of an ideal gas in any state, L/mol: `V = R T / p`. */
export const molarVolume = ({ celsius, hectopascal }: GasState): number =>
  (GAS_CONSTANT * (celsius + KELVIN) * 10) / hectopascal;

/** Mass concentration of a volume share: `µg/m³ = ppb × M / V`. */
export const microgramsOfPpb = (ppb: number, gas: Gas, volume: number = MOLAR_VOLUME): number =>
  (ppb * MOLAR_MASS[gas]) / volume;

/** Volume share of a mass concentration: `ppb = µg/m³ × V / M`. */
export const ppbOfMicrograms = (micrograms: number, gas: Gas, volume: number = MOLAR_VOLUME): number =>
  (micrograms * volume) / MOLAR_MASS[gas];

/** A mass concentration that was given in another state, in the reference state: the same mass in another volume. */
export const inReferenceState = (micrograms: number, state: GasState): number =>
  (micrograms * molarVolume(state)) / molarVolume(REFERENCE_STATE);
