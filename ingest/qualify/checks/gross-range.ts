import type { Check } from '#ingest/qualify/check.ts';
import type { Property, Span } from '#model/family.ts';
import { FLAG, type Flag } from '#model/flag.ts';
import type { Station } from '#model/station.ts';

const isOutside = (value: number, [low, high]: Span): boolean => value < low || value > high;

const attribute = (station: Station, name: string | undefined): number | undefined => {
  const value = name === undefined ? undefined : station.attributes[name];
  return typeof value === 'number' ? value : undefined;
};

const rangeAt = (station: Station, { range, rangeAttributes }: Property): Span => {
  if (rangeAttributes === undefined) return range;
  return [attribute(station, rangeAttributes.low) ?? range[0], attribute(station, rangeAttributes.high) ?? range[1]];
};

const flagOf = (value: number, property: Property | undefined, station: Station): Flag => {
  if (property === undefined) return FLAG.UNKNOWN;
  if (isOutside(value, rangeAt(station, property))) return FLAG.FAIL;
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
