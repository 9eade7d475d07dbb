import { hours as ofHours } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { expectedIn } from '#science/windows/completeness.ts';
import { meanOfHours } from '#science/windows/mean-of-hours.ts';
import type { AggregateQuery, AggregateRow, Store } from './store.ts';
import { endOfWindow, startOfWindow, windowsFor } from './window.ts';

const HOUR_MS = ofHours(1).ms;
const DAY_MS = ofHours(24).ms;

/** A window that is formed from its hours, or from values with their weights. */
export interface WindowOfHours extends AggregateRow {
  /** Of a mean direction: the length of its vector, and the number of samples without wind. */
  readonly wind?: { readonly speed: number; readonly calms: number };
  /** Hours with enough values; undefined for a window that is formed from its values. */
  readonly validHours?: number;
}

/** True for a mean over days or longer: it is formed from valid hours. A mean of directions is formed from its values. */
export const isMeanOfHours = ({ fn, intervalMs, isCircular }: AggregateQuery): boolean =>
  fn === 'mean' && !isCircular && intervalMs >= DAY_MS && intervalMs % HOUR_MS === 0;

const weightedMean = (rows: readonly AggregateRow[], count: number): number =>
  rows.reduce((sum, row) => sum + row.value * row.count, 0) / count;

const windowFrom = (
  start: Instant,
  end: Instant,
  rows: readonly AggregateRow[],
  everyMs: number | undefined,
): WindowOfHours | undefined => {
  const [first] = rows;
  if (first === undefined) return undefined;
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  const window = { ...first, start, end, count };
  if (everyMs === undefined || everyMs > HOUR_MS) return { ...window, value: weightedMean(rows, count) };
  const hours = rows.map((row) => ({
    mean: row.value,
    present: row.count,
    expected: expectedIn(row.end - row.start, everyMs),
  }));
  const { mean, validHours } = meanOfHours(hours);
  return { ...window, value: mean ?? weightedMean(rows, count), validHours };
};

/**
 * Means over days, formed from valid hours. A window without a valid hour has the mean of its values, and a device that
 * reports less often than once an hour has no hours.
 * @param everyOf reporting interval of a device in milliseconds; undefined for one that is not registered
 * @throws Fault of the store
 */
export const readMeansOfHours = async (
  store: Pick<Store, 'aggregate'>,
  query: AggregateQuery,
  everyOf: (device: string) => number | undefined,
  signal: AbortSignal,
): Promise<readonly WindowOfHours[]> => {
  const windows = windowsFor(query);
  const hours = await store.aggregate({ ...query, intervalMs: HOUR_MS }, signal);
  const groups = Map.groupBy(hours, ({ start, device }) => `${startOfWindow(start, windows)}\t${device}`);
  return [...groups.values()]
    .flatMap((rows) => {
      const [first] = rows;
      if (first === undefined) return [];
      const start = startOfWindow(first.start, windows);
      return windowFrom(start, endOfWindow(start, windows), rows, everyOf(first.device)) ?? [];
    })
    .toSorted((a, b) => a.start - b.start || (a.device < b.device ? -1 : Number(a.device > b.device)));
};
