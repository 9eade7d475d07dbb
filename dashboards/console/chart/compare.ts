import { read } from '#dashboards/console/api/client.ts';
import type { Detail, Property } from '#dashboards/console/api/types.ts';
import { zoneOf } from '#dashboards/console/time/zone.ts';
import type { Comparison } from './comparison.ts';
import { type ChartSeries, loadSeries, type Wanted } from './load.ts';
import { spanMs, type TimeRange } from './plan.ts';

/** The part of a chart that comes from one station; the first one is the station of the page. */
export interface ChartPart {
  readonly wanted: Wanted;
  /** Name of the station. */
  readonly name: string;
  readonly series: ChartSeries;
}

/** Rain beside another property has an axis of its own, from the top. */
export const isHanging = ({ wanted }: ChartPart, { wanted: main }: ChartPart): boolean =>
  wanted.property.fn === 'sum' && main.property.fn !== 'sum';

/** A property of a station over a range. */
export const wantedOf = (detail: Detail, property: Property, stretch: TimeRange): Wanted => ({
  station: detail.id,
  property,
  stretch,
  zone: zoneOf(detail),
  everyMs: Math.min(...detail.devices.map((device) => spanMs(device.every)), 60_000),
  limits: new Map(detail.devices.map((device) => [device.id, device.silence_limit_seconds * 1_000])),
});

/** Reads what another station gives; nothing where it has no such property. @throws Refusal */
export const loadComparison = async (
  { station, property }: Comparison,
  stretch: TimeRange,
  show: (part: ChartPart) => void,
  signal: AbortSignal,
): Promise<void> => {
  const detail = await read<Detail>(`/v1/stations/${encodeURIComponent(station)}`, signal);
  const found = detail.properties.find((each) => each.property === property);
  if (found === undefined) return;
  const wanted = wantedOf(detail, found, stretch);
  await loadSeries(wanted, (series) => show({ wanted, name: detail.name, series }), signal);
};
