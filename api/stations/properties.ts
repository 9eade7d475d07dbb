import type { z } from 'zod';
import type { Family, Limit } from '#model/readings/family.ts';
import { familyNamed } from '#model/families/index.ts';
import type { Station } from '#model/registry/station.ts';
import { UNIT_TEXT } from '#model/readings/unit.ts';
import type { StationProperty } from './schema.ts';

type StationLevel = z.infer<typeof StationProperty>['levels'][number];

/** Properties of a station in the family's order, with the levels of this station. */
export const stationProperties = (station: Station): z.infer<typeof StationProperty>[] => {
  const family = familyNamed(station.family);
  if (family === undefined) return [];
  return Object.entries(family.properties).map(([name, property]) => ({
    property: name,
    title: { ...property.title },
    unit: property.unit,
    unit_text: UNIT_TEXT[property.unit] ?? property.unit,
    decimals: property.decimals,
    fn: property.accumulates === true ? 'sum' : 'mean',
    levels: levelsOf(family, name, station),
  }));
};

const levelsOf = (family: Family, property: string, station: Station): StationLevel[] =>
  family.limits
    .filter((limit) => limit.property === property)
    .flatMap((limit) => {
      const value = valueOf(limit, station);
      if (value === undefined) return [];
      const { name, title, severity, direction } = limit;
      return [{ name, title: { ...title }, severity, direction, value }];
    });

/** A level that is an attribute is left out for a station without the attribute. */
const valueOf = ({ raise }: Limit, station: Station): number | undefined => {
  const value = typeof raise === 'string' ? station.attributes[raise] : raise;
  return typeof value === 'number' ? value : undefined;
};
