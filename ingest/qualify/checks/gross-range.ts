import type { Check, CheckedSeries } from '#ingest/qualify/check.ts';
import { FLAG, type Flag } from '#model/readings/flag.ts';
import { grossRangeAt } from '#model/readings/gross-range.ts';
import { shiftOf } from '#model/quality/quality-tests.ts';

/** The limits of a series: outside `range` is FAIL, outside `usual` SUSPECT. */
interface RangeLimits {
  readonly low: number;
  readonly high: number;
  readonly usualLow: number;
  readonly usualHigh: number;
}

const limitsOf = (series: CheckedSeries | undefined): RangeLimits | undefined => {
  const property = series?.family.properties[series.property];
  if (series === undefined || property === undefined) return undefined;
  const [low, high] = grossRangeAt(series.station, property);
  const [usualLow, usualHigh] = property.usual ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return { low, high, usualLow, usualHigh };
};

const flagOf = (value: number, { low, high, usualLow, usualHigh }: RangeLimits): Flag => {
  if (Number.isNaN(value)) return FLAG.MISSING;
  if (value < low || value > high) return FLAG.FAIL;
  return value < usualLow || value > usualHigh ? FLAG.SUSPECT : FLAG.GOOD;
};

const SHIFT = shiftOf('gross-range');

/**
 * Gross range (QARTOD): outside what the sensor can measure is FAIL, outside what is usual is SUSPECT. Both ends are
 * inclusive: only strictly outside is flagged. A property without limits is UNKNOWN.
 */
export const grossRange: Check = {
  name: 'gross-range',
  flag: ({ readings, series }, flags) => {
    const limits = series.map(limitsOf);
    for (let row = 0; row < readings.length; row += 1) {
      const of = limits[readings.series[row] ?? -1];
      const value = readings.value[row] ?? Number.NaN;
      if (of !== undefined) flags.note(row, SHIFT, flagOf(value, of));
    }
  },
};
