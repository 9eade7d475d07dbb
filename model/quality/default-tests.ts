import { hours } from '#model/base/duration.ts';
import type { PropertyTests } from './property-tests.ts';

/** A report that comes more than two hours after the one before. */
const GAP = { span: hours(2) };

const flatLine = (tolerance: number, suspect: number, fail: number) => ({
  tolerance,
  suspect: hours(suspect),
  fail: hours(fail),
});

/** Particles of PM2.5 and smaller, in µg/m³. */
export const PM2_5_TESTS: PropertyTests = {
  spike: { suspect: 60, fail: 200 },
  'rate-of-change': { suspect: 150, fail: 400 },
  'flat-line': flatLine(0.1, 3, 12),
  'time-gap': GAP,
};

/** PM10, in µg/m³. */
export const PM10_TESTS: PropertyTests = {
  spike: { suspect: 100, fail: 300 },
  'rate-of-change': { suspect: 250, fail: 600 },
  'flat-line': flatLine(0.1, 3, 12),
  'time-gap': GAP,
};

/** Air temperature, in °C. */
export const TEMPERATURE_TESTS: PropertyTests = {
  spike: { suspect: 3, fail: 8 },
  'rate-of-change': { suspect: 8, fail: 20 },
  'flat-line': flatLine(0.1, 6, 24),
  'time-gap': GAP,
};

/** Relative humidity, in %. A saturated night is flat. The noise is six standard deviations of a usual sensor. */
export const HUMIDITY_TESTS: PropertyTests = {
  spike: { suspect: 15, fail: 40 },
  'rate-of-change': { suspect: 40, fail: 80, noise: 3 },
  'flat-line': flatLine(0.1, 24, 48),
  'time-gap': GAP,
};

/** Air pressure, in hPa. */
export const PRESSURE_TESTS: PropertyTests = {
  spike: { suspect: 2, fail: 5 },
  'rate-of-change': { suspect: 4, fail: 10, noise: 0.6 },
  'flat-line': flatLine(0.1, 6, 24),
  'time-gap': GAP,
};

/** River stage, in m. Nothing here is FAIL: a flood is not a fault. */
export const STAGE_TESTS: PropertyTests = {
  spike: { suspect: 0.3 },
  'rate-of-change': { suspect: 2 },
  'flat-line': { tolerance: 0.003, suspect: hours(24) },
  'time-gap': GAP,
};

/** Fill of a bin, in %. A fall is an emptying. */
export const FILL_TESTS: PropertyTests = {
  spike: { suspect: 30, method: 'differential' },
  'rate-of-change': { suspect: 60, direction: 'rise' },
  'flat-line': flatLine(0.5, 168, 336),
};
