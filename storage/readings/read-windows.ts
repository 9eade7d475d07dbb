import { isMeanOfHours, readMeansOfHours, type WindowOfHours } from './mean-of-hours.ts';
import { readRolling, type RollingQuery } from './rolling.ts';
import type { AggregateQuery, Store } from './store.ts';
import { readWeightedMeans } from './weighted-mean.ts';

/** A query of windows, one behind the other or rolling. */
export type WindowsQuery = AggregateQuery | RollingQuery;

const isRolling = (query: WindowsQuery): query is RollingQuery => 'rollingMs' in query;

/** True for a mean of directions whose values have a weight. */
const isWeighted = (query: WindowsQuery): query is AggregateQuery & { readonly weight: string } =>
  query.fn === 'mean' && query.isCircular && query.weight !== undefined;

/** Windows, and the name of the method that made them. */
export interface ReadWindows {
  readonly method: string;
  readonly rows: readonly WindowOfHours[];
}

const readDirections = async (
  store: Pick<Store, 'aggregate' | 'read'>,
  query: AggregateQuery & { readonly weight: string },
  signal: AbortSignal,
): Promise<ReadWindows> => {
  const rows = await readWeightedMeans(store, query, signal);
  if (rows.length > 0) return { method: 'vector-mean', rows };
  return { method: 'unit-vector-mean', rows: await store.aggregate(query, signal) };
};

/**
 * The windows of a query, by the method that its quantity and its width ask for. Directions whose station has no speeds are
 * averaged as unit vectors.
 * @param everyOf reporting interval of a device in milliseconds; undefined for one that is not registered
 * @throws Fault of the store
 */
export const readWindows = async (
  store: Pick<Store, 'aggregate' | 'read'>,
  query: WindowsQuery,
  everyOf: (device: string) => number | undefined,
  signal: AbortSignal,
): Promise<ReadWindows> => {
  if (isRolling(query)) {
    const method = query.fn === 'mean' ? 'rolling-mean-of-hours' : 'rolling-sum';
    return { method, rows: await readRolling(store, query, everyOf, signal) };
  }
  if (isWeighted(query)) return readDirections(store, query, signal);
  if (isMeanOfHours(query))
    return { method: 'mean-of-hours', rows: await readMeansOfHours(store, query, everyOf, signal) };
  const method = query.fn === 'mean' && query.isCircular ? 'unit-vector-mean' : query.fn;
  return { method, rows: await store.aggregate(query, signal) };
};
