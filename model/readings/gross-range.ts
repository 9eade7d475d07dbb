import type { Property, PropertySpan } from './family.ts';
import type { Station } from '#model/registry/station.ts';

const attributeOf = ({ attributes }: Station, name: string | undefined): number | undefined => {
  const value = name === undefined ? undefined : attributes[name];
  return typeof value === 'number' ? value : undefined;
};

/** The gross range of a property at a station: that of the sensor, narrowed by the attributes of the station. */
export const grossRangeAt = (station: Station, { range, rangeAttributes }: Property): PropertySpan => {
  if (rangeAttributes === undefined) return range;
  const [low, high] = range;
  return [attributeOf(station, rangeAttributes.low) ?? low, attributeOf(station, rangeAttributes.high) ?? high];
};

/** Both ends are inclusive: only strictly outside is outside. */
export const isOutside = (value: number, [low, high]: PropertySpan): boolean => value < low || value > high;
