import { FAMILIES } from '#model/families/index.ts';
import { hourOf, startOfHour } from '#model/base/instant.ts';
import type { RowCount } from '#storage/readings/store.ts';
import { TIMED_BY_FIELD } from './point.ts';
import { identifier } from './place.ts';
import { numbersOf, timeLiteral, type Ask, type InfluxSeries } from './influxql.ts';

/** Hours that are counted by one request. */
const HOURS_PER_REQUEST = 24;
const COUNTED = /^count_(.+)$/;
const QUALITY_FIELD = /_(flag|tests)$/;

const select = (family: string, fromHour: number, toHour: number): string =>
  `SELECT COUNT(*) FROM ${identifier(family)} WHERE time >= ${timeLiteral(startOfHour(fromHour))}
    AND time < ${timeLiteral(startOfHour(toHour + 1))} GROUP BY time(1h), "device" fill(none)`;

/** Adds one device's windows: the same property may stand in two families, and its points at two stations. */
const add = (series: InfluxSeries, counts: Map<string, RowCount>): void => {
  const device = series.tags?.['device'];
  if (device === undefined) return;
  for (const { time, column, value } of numbersOf(series)) {
    const property = COUNTED.exec(column)?.[1];
    if (property === undefined || property === TIMED_BY_FIELD || QUALITY_FIELD.test(property) || value === 0) continue;
    const key = `${device}\t${property}\t${time}`;
    counts.set(key, { device, property, hour: hourOf(time), rows: value + (counts.get(key)?.rows ?? 0) });
  }
};

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const byContract = (a: RowCount, b: RowCount): number =>
  compare(a.device, b.device) || compare(a.property, b.property) || a.hour - b.hour;

/** The first and the last observed hour of the database; nothing when it is empty. */
const heldHours = async (
  ask: Ask,
  signal: AbortSignal,
): Promise<readonly [first: number, last: number] | undefined> => {
  const select = (order: string): string =>
    FAMILIES.map(({ name }) => `SELECT * FROM ${identifier(name)} ORDER BY time ${order} LIMIT 1`).join('; ');
  const series = (await ask(`${select('ASC')}; ${select('DESC')}`, signal)).flat();
  const times = series
    .flatMap(({ values = [] }) => values.map(([time]) => time))
    .filter((time) => typeof time === 'number');
  return times.length === 0 ? undefined : [hourOf(Math.min(...times)), hourOf(Math.max(...times))];
};

/** Rows per device, property and observed hour, both hours included, a day at a time. */
export async function* countPoints(
  ask: Ask,
  fromHour: number,
  toHour: number,
  signal: AbortSignal,
): AsyncGenerator<readonly RowCount[]> {
  const held = await heldHours(ask, signal);
  if (held === undefined) return;
  const end = Math.min(toHour, held[1]);
  for (let first = Math.max(fromHour, held[0]); first <= end; first += HOURS_PER_REQUEST) {
    const last = Math.min(first + HOURS_PER_REQUEST - 1, end);
    const counts = new Map<string, RowCount>();
    const statements = FAMILIES.map(({ name }) => select(name, first, last)).join('; ');
    for (const series of (await ask(statements, signal)).flat()) add(series, counts);
    if (counts.size > 0) yield [...counts.values()].sort(byContract);
  }
}
