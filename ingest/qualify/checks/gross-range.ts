import type { Check } from '#ingest/qualify/check.ts';
import type { Property } from '#model/readings/family.ts';
import { FLAG, type Flag } from '#model/readings/flag.ts';
import { grossRangeAt, isOutside } from '#model/readings/gross-range.ts';
import type { Station } from '#model/registry/station.ts';

const flagOf = (value: number, property: Property | undefined, station: Station): Flag => {
  if (property === undefined) return FLAG.UNKNOWN;
  if (isOutside(value, grossRangeAt(station, property))) return FLAG.FAIL;
  return property.usual !== undefined && isOutside(value, property.usual) ? FLAG.SUSPECT : FLAG.GOOD;
};

/**
 * Gross range (QARTOD): outside what the sensor can measure is FAIL, outside what is usual is SUSPECT. Both ends are
 * inclusive: only strictly outside is flagged.
 */
export const grossRange: Check = {
  name: 'gross-range',
  flag: ({ readings, station, family }) =>
    readings.map(({ property, value }) => flagOf(value, family.properties[property], station)),
};
