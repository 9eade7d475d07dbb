import { type Conversion, conversion } from '#model/readings/unit.ts';
import { MOLAR_VOLUME } from '#science/air/gas.ts';
import { unitConversion } from './convert.ts';

/** A large power of two: the division is exact, and the offset does not drown the scale. */
const PROBE = 2 ** 20;

/**
 * The conversion from one UCUM code to another as scale and offset, or undefined where there is none, or where it is not a
 * straight line. The conversions of `model/readings/unit.ts` come first.
 * @param molarMass g/mol of the gas, where a share of the volume is to become a mass concentration
 */
export const linearConversion = (from: string, to: string, molarMass?: number): Conversion | undefined => {
  const known = conversion(from, to, molarMass);
  if (known !== undefined) return known;
  const gas = molarMass === undefined ? undefined : { molarMass, molarVolume: MOLAR_VOLUME };
  const found = unitConversion(from, to, gas);
  if (found.kind === 'refused') return undefined;
  const offset = found.convert(0);
  const scale = (found.convert(PROBE) - offset) / PROBE;
  const isLine = Math.abs(found.convert(1) - (scale + offset)) <= 1e-9 * (Math.abs(scale) + Math.abs(offset));
  return isLine ? { scale, offset } : undefined;
};
