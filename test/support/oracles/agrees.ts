/** Allowed distance of a result from the expected number; a tolerance that is not given is 0. */
export interface Tolerance {
  readonly absolute?: number | undefined;
  readonly relative?: number | undefined;
}

/** Rounding of a figure that is printed with at least this many decimals is allowed for. */
const PRINTED_DECIMALS = 4;

const printedError = (expected: number): number => {
  const decimals = /\.(\d+)$/.exec(String(expected))?.[1]?.length ?? 0;
  return decimals < PRINTED_DECIMALS ? 0 : 0.5000001 * 10 ** -decimals;
};

/**
 * True when a result is the expected figure: within the tolerance, within 1e-12 of its size (the error of binary
 * floats), or within half a unit of the last decimal of a figure that is printed with four decimals or more.
 */
export const agrees = (actual: number, expected: number, { absolute = 0, relative = 0 }: Tolerance = {}): boolean => {
  const size = Math.max(Math.abs(expected), 1e-300);
  return Math.abs(actual - expected) <= Math.max(absolute, relative * size, 1e-12 * size, printedError(expected));
};
