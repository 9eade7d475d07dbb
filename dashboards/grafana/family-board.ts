import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Family, Property } from '#model/readings/family.ts';
import { HOUSEKEEPING } from '#model/readings/housekeeping.ts';
import { limitSteps, RAIN_STEPS } from './colour.ts';
import { AUTO, atPickedStations, passedChecks, column, inRange, measurements, newest, select } from './influxql.ts';
import type { Say } from './language.ts';
import { chart, colouredCell, type Override, table } from './panel.ts';
import { InfluxQlTarget } from './target.ts';
import { unitId } from './unit.ts';

/** The tags that make one line: the station, or the device where a station has several of equal rank. */
export type Per = 'station' | 'device';

/** The properties that a family measures; what devices say of themselves is on the fleet board. */
export const measuredBy = (family: Family): readonly (readonly [name: string, property: Property])[] =>
  Object.entries(family.properties).filter(([name]) => !Object.hasOwn(HOUSEKEEPING, name));

/** The report at a full hour belongs to the hour that ends. */
const AMOUNT_WINDOW = { every: '1h', later: '1ms' } as const;

/** A direction has no mean in InfluxQL 1.6, so its newest value stands for a window. */
const functionOf = ({ accumulates, circular }: Property): string => {
  if (accumulates === true) return 'sum';
  return circular === true ? 'last' : 'mean';
};

/** The values of a property over time, bad ones left out. Amounts are summed by the hour and by device. */
export const propertyQuery = (family: Family, name: string, per: Per, where: readonly string[]): string => {
  const property = family.properties[name];
  if (property === undefined) throw new Error(`${family.name} has no property "${name}"`);
  const isAmount = property.accumulates === true;
  return select({
    columns: [column(functionOf(property), name, name)],
    from: measurements(family.name),
    where: [...where, passedChecks(name), inRange],
    ...(isAmount ? AMOUNT_WINDOW : { every: AUTO }),
    by: isAmount && per === 'station' ? ['station', 'device'] : [per],
    fill: isAmount ? 'none' : 'null',
  });
};

const DESCRIPTION = {
  mean: { id: 'Rata-rata tiap selang waktu', en: 'Mean of each time window' },
  sum: { id: 'Jumlah tiap jam, dari awal jam itu', en: 'Sum of each hour, shown from where it begins' },
  last: { id: 'Arah terakhir tiap selang waktu', en: 'Newest direction of each time window' },
} as const;

const describe = (property: Property): { id: string; en: string } => {
  const fn = functionOf(property);
  const { id, en } = fn === 'sum' ? DESCRIPTION.sum : fn === 'last' ? DESCRIPTION.last : DESCRIPTION.mean;
  return {
    id: `${id}. Nilai yang gagal uji mutu tidak ditampilkan.`,
    en: `${en}. Values that failed the quality checks are not shown.`,
  };
};

/** A chart of one property, with the fixed limits of its family as dashed lines. */
export const propertyChart = (family: Family, name: string, per: Per, say: Say): Panel => {
  const property = family.properties[name];
  if (property === undefined) throw new Error(`${family.name} has no property "${name}"`);
  const query = propertyQuery(family, name, per, [atPickedStations]);
  return chart(
    {
      title: property.title,
      description: describe(property),
      targets: [new InfluxQlTarget('A', query).alias(per === 'station' ? '$tag_station' : '$tag_device')],
      unit: unitId(property.unit),
      decimals: property.decimals,
      // an amount is summed by the hour: the classes of rain, not the limits of one report
      thresholds: property.accumulates === true ? RAIN_STEPS : limitSteps(family, name),
      isBars: property.accumulates === true,
    },
    say,
  );
};

/** The column of a property, in its own unit and the colours of its limits. */
export const propertyColumn = (family: Family, name: string, property: Property, say: Say): Override => {
  const thresholds = limitSteps(family, name);
  return {
    of: say(property.title),
    properties: [
      { id: 'unit', value: unitId(property.unit) },
      { id: 'decimals', value: property.decimals },
      ...(thresholds.steps.length > 1 ? colouredCell(thresholds) : []),
    ],
  };
};

/** The newest value of every property, a row for each station or device. */
export const newestTable = (family: Family, per: Per, say: Say): Panel => {
  const properties = measuredBy(family);
  const tags = per === 'station' ? ['station'] : ['station', 'device'];
  const query = newest(
    properties.map(([field, { title }]) => ({
      field,
      name: say(title),
      where: [atPickedStations, passedChecks(field)],
    })),
    measurements(family.name),
    tags,
  );
  return table(
    {
      title: { id: 'Nilai terbaru', en: 'Newest values' },
      description: {
        id: 'Nilai terakhir yang lolos uji mutu dalam rentang waktu ini, tiap besaran menurut waktunya sendiri.',
        en: 'The last value of each property within this time that did not fail the quality checks.',
      },
      targets: [new InfluxQlTarget('A', query).asTable()],
      unit: 'none',
      rename: { station: say({ id: 'Stasiun', en: 'Station' }), device: say({ id: 'Perangkat', en: 'Device' }) },
      overrides: properties.map(([name, property]) => propertyColumn(family, name, property, say)),
    },
    say,
  );
};
