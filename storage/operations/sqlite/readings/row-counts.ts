import type { DatabaseSync } from 'node:sqlite';
import type { RowChange } from '#storage/operations/ledger.ts';

/** Counts of one property. */
type PropertyCounts = Pick<RowChange, 'property' | 'stored' | 'revised'>;

/** The counts of one device and hour as one text, in the order of the names: `pm10 12 0;pm2_5 12 1`. */
export const writeCounts = (counts: readonly PropertyCounts[]): string =>
  counts
    .toSorted((a, b) => (a.property < b.property ? -1 : 1))
    .map(({ property, stored, revised }) => `${property} ${stored} ${revised}`)
    .join(';');

export const readCounts = (written: string): readonly PropertyCounts[] =>
  written.split(';').map((each) => {
    const [property = '', stored, revised] = each.split(' ');
    return { property, stored: Number(stored), revised: Number(revised) };
  });

const added = (written: string, more: string): string => {
  const sums = new Map(readCounts(written).map((counts) => [counts.property, counts]));
  for (const { property, stored, revised } of readCounts(more)) {
    const known = sums.get(property);
    sums.set(property, { property, stored: stored + (known?.stored ?? 0), revised: revised + (known?.revised ?? 0) });
  }
  return writeCounts([...sums.values()]);
};

/** Gives the statements of this connection the function `add_counts(counts, more)`. */
export const registerAddCounts = (database: DatabaseSync): void =>
  database.function('add_counts', { deterministic: true }, (written, more) => added(String(written), String(more)));
