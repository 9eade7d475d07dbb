import type { SeriesChange } from '#storage/operations/quality.ts';
import type { RawQuery, Store, StoredReading } from '#storage/readings/store.ts';

const keyOf = ({ device, property }: Pick<SeriesChange, 'device' | 'property'>): string => `${device}\t${property}`;

/** Stored readings in the spans of changes, in the order of the store. */
export async function* readChanged(
  store: Pick<Store, 'read'>,
  query: RawQuery,
  changes: readonly SeriesChange[],
  signal: AbortSignal,
): AsyncGenerator<readonly StoredReading[]> {
  if (changes.length === 0) return;
  const spans = Map.groupBy(changes, keyOf);
  const isChanged = (row: StoredReading): boolean =>
    spans.get(keyOf(row))?.some(({ from, to }) => row.observedAt >= from && row.observedAt <= to) === true;
  const from = Math.max(query.from, Math.min(...changes.map((one) => one.from)));
  const to = Math.min(query.to, Math.max(...changes.map((one) => one.to)) + 1);
  if (from >= to) return;
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  for await (const page of store.read({ ...query, from, to, limit: undefined }, signal)) {
    const rows = page.filter(isChanged).slice(0, left);
    if (rows.length > 0) yield rows;
    left -= rows.length;
    if (left <= 0) return;
  }
}
