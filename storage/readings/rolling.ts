import { hours as ofHours } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { expectedIn } from '#science/windows/completeness.ts';
import { meanOfHours } from '#science/windows/mean-of-hours.ts';
import type { WindowOfHours } from './mean-of-hours.ts';
import type { AggregateQuery, AggregateRow, Store } from './store.ts';

const HOUR_MS = ofHours(1).ms;

/** A query of windows that overlap: a window of so long ends with each hour. */
export interface RollingQuery extends AggregateQuery {
  readonly rollingMs: number;
}

const windowUntil = (
  end: Instant,
  rows: readonly AggregateRow[],
  { fn, rollingMs }: RollingQuery,
  everyMs: number | undefined,
): WindowOfHours | undefined => {
  const [first] = rows;
  if (first === undefined) return undefined;
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  const window = { device: first.device, property: first.property, start: end - rollingMs, end, count };
  if (fn === 'sum') return { ...window, value: rows.reduce((sum, { value }) => sum + value, 0) };
  const pooled = rows.reduce((sum, row) => sum + row.value * row.count, 0) / count;
  if (everyMs === undefined || everyMs > HOUR_MS) return { ...window, value: pooled };
  const expected = expectedIn(HOUR_MS, everyMs);
  const { mean, validHours } = meanOfHours(rows.map((row) => ({ mean: row.value, present: row.count, expected })));
  return { ...window, value: mean ?? pooled, validHours };
};

/** The windows of one device, one for each whole hour in (from, to] that has values in the hours before it. */
const windowsOfDevice = (
  hours: readonly AggregateRow[],
  query: RollingQuery,
  everyMs: number | undefined,
): readonly WindowOfHours[] => {
  const [first, last] = [hours[0], hours.at(-1)];
  if (first === undefined || last === undefined) return [];
  const begin = Math.max(first.end, Math.floor(query.from / HOUR_MS) * HOUR_MS + HOUR_MS);
  const until = Math.min(last.end + query.rollingMs - HOUR_MS, query.to);
  const windows: WindowOfHours[] = [];
  for (let end = begin, from = 0; end <= until; end += HOUR_MS) {
    while ((hours[from]?.start ?? end) < end - query.rollingMs) from += 1;
    let to = from;
    while ((hours[to]?.end ?? Number.POSITIVE_INFINITY) <= end) to += 1;
    const window = windowUntil(end, hours.slice(from, to), query, everyMs);
    if (window !== undefined) windows.push(window);
  }
  return windows;
};

/**
 * Rolling means, formed from valid hours, and rolling sums. A window is named by its end, and belongs to the day on which it ends:
 * the first window of 8 hours of a day ends at 01:00.
 * @param everyOf reporting interval of a device in milliseconds; undefined for one that is not registered
 * @throws Fault of the store
 */
export const readRolling = async (
  store: Pick<Store, 'aggregate'>,
  query: RollingQuery,
  everyOf: (device: string) => number | undefined,
  signal: AbortSignal,
): Promise<readonly WindowOfHours[]> => {
  const from = Math.floor(query.from / HOUR_MS) * HOUR_MS - query.rollingMs + HOUR_MS;
  const hours = await store.aggregate({ ...query, from, intervalMs: HOUR_MS, zone: 'UTC', dayStartMs: 0 }, signal);
  const groups = Map.groupBy(hours, ({ device }) => device);
  return [...groups]
    .flatMap(([device, ofDevice]) => windowsOfDevice(ofDevice, query, everyOf(device)))
    .toSorted((a, b) => a.end - b.end || (a.device < b.device ? -1 : Number(a.device > b.device)));
};
