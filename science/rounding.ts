/**
 * Slack for the error of binary floats, in units of the last decimal that is kept: a mean of 149 µg/m³ may arrive as
 * 148.99999999999997, and 99.5 as 99.49999999999999.
 */
const SLACK = 1e-9;

/** Slack of a truncation: 35.4 × 10 is below 354 in binary. */
const TRUNCATION_SLACK = 1e-6;

/** Rounds to a number of decimals; a half goes up (towards +∞). */
export const roundHalfUp = (value: number, decimals = 0): number => {
  const scale = 10 ** decimals;
  return Math.floor(value * scale + 0.5 + SLACK) / scale;
};

/** Cuts a value of 0 or more to a number of decimals, without rounding. */
export const truncate = (value: number, decimals: number): number => {
  const scale = 10 ** decimals;
  return Math.floor(value * scale + TRUNCATION_SLACK) / scale;
};

/** Rounds to a number of significant digits: a discharge from a rating curve has three. */
export const significant = (value: number, digits: number): number => {
  if (value === 0 || !Number.isFinite(value)) return value;
  const decimals = digits - 1 - Math.floor(Math.log10(Math.abs(value)));
  if (decimals >= 0) return roundHalfUp(value, decimals);
  const step = 10 ** -decimals;
  return roundHalfUp(value / step) * step;
};
