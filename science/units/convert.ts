import { convertByUcum, isUcumCode } from './ucum.ts';

/** Why a unit cannot be converted into another one. */
export type UnitRefusal = 'not a UCUM code' | 'another dimension' | 'another annotation';

export type UnitConversion =
  | { readonly kind: 'conversion'; readonly convert: (value: number) => number }
  /** `code`: the code that is wrong; of two that do not fit, the one that is converted from. */
  | { readonly kind: 'refused'; readonly reason: UnitRefusal; readonly code: string };

/** A gas whose share of the volume (ppb, ppm, %) becomes a mass in a volume, or the reverse. */
export interface GasInAir {
  /** g/mol. */
  readonly molarMass: number;
  /** L/mol in the reference state of the mass concentration. */
  readonly molarVolume: number;
}

const refused = (reason: UnitRefusal, code: string): UnitConversion => ({ kind: 'refused', reason, code });

/** Relative error of a factor that the library computes; a simple number that is no further away is meant. */
const LIBRARY_ERROR = 1e-14;

const LARGEST_DENOMINATOR = 100;

/** The fraction (5/9) or the decimal of 15 digits (25.4) that a factor with the library's error stands for. */
const meant = (factor: number): number => {
  const isMeant = (simple: number): boolean => Math.abs(simple - factor) <= LIBRARY_ERROR * Math.abs(factor);
  for (let denominator = 1; denominator <= LARGEST_DENOMINATOR; denominator += 1) {
    const fraction = Math.round(factor * denominator) / denominator;
    if (isMeant(fraction)) return fraction;
  }
  const decimal = Number(factor.toPrecision(15));
  return isMeant(decimal) ? decimal : factor;
};

/** An annotation in braces: it names the counted thing, and does not affect the conversion. */
const annotationsOf = (code: string): string => (code.match(/\{[^}]*\}/g) ?? []).join('');

/** Size of the steps between the probes; large, so that the offset does not drown the scale. */
const PROBE = 1_000;

/**
 * Most conversions are a line: its scale and offset are found once, so that the library is not asked for each value.
 * Logarithmic units are no line, and ask it each time.
 */
const compiled = (from: string, to: string): ((value: number) => number) | undefined => {
  const [zero, one, two] = [0, PROBE, 2 * PROBE].map((value) => convertByUcum(value, from, to));
  if (one === undefined || two === undefined) return undefined;
  const asked = (value: number): number => convertByUcum(value, from, to) ?? Number.NaN;
  if (zero === undefined || !Number.isFinite(zero + one + two)) return asked;
  const scale = (one - zero) / PROBE;
  if (Math.abs(two - one - (one - zero)) > 1e-9 * Math.abs(two - zero)) return asked;
  const [factor, offset] = [meant(scale), meant(zero)];
  return (value) => value * factor + offset;
};

const SHARE = '1';
const MASS = 'g/L';

/** From a share of the volume to a mass concentration: `g/L = share × M / V`. */
const gasConversion = (from: string, to: string, gas: GasInAir): ((value: number) => number) | undefined => {
  const density = gas.molarMass / gas.molarVolume;
  const [share, mass] = [compiled(from, SHARE), compiled(MASS, to)];
  if (share !== undefined && mass !== undefined) return (value) => mass(share(value) * density);
  const [massFrom, shareTo] = [compiled(from, MASS), compiled(SHARE, to)];
  if (massFrom === undefined || shareTo === undefined) return undefined;
  return (value) => shareTo(massFrom(value) / density);
};

/**
 * The conversion of values from one unit to another: any two UCUM codes of one dimension (UCUM 2.1), and with a gas
 * also its share of the volume to a mass concentration and back. Find it once, then use it for every value.
 * Annotations in braces that both codes have must be the same: `mg{N}/L` is no `mg{NO3}/L`.
 */
export const unitConversion = (from: string, to: string, gas?: GasInAir): UnitConversion => {
  const wrong = [from, to].find((code) => !isUcumCode(code));
  if (wrong !== undefined) return refused('not a UCUM code', wrong);
  if (from === to) return { kind: 'conversion', convert: (value) => value };
  const [of, as] = [annotationsOf(from), annotationsOf(to)];
  if (of !== '' && as !== '' && of !== as) return refused('another annotation', from);
  const convert = compiled(from, to) ?? (gas === undefined ? undefined : gasConversion(from, to, gas));
  return convert === undefined ? refused('another dimension', from) : { kind: 'conversion', convert };
};
