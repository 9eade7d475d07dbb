import { formatLocal } from '#model/base/instant.ts';
import type { AggregateQuery, AggregateRow } from '#storage/readings/store.ts';
import { offsetAt, windowsOf } from '#storage/readings/window.ts';

/** A window in an answer: its times in RFC 3339, in the zone of the windows. */
export type LocalRow = Omit<AggregateRow, 'start' | 'end'> & { readonly start: string; readonly end: string };

/** Writes windows with their times in the requested zone: the date of `start` is the day of a daily window. */
export const localRows = ({ intervalMs, zone, from, to }: AggregateQuery): ((row: AggregateRow) => LocalRow) => {
  const windows = windowsOf(intervalMs, zone, from, to);
  const local = (at: number): string => formatLocal(at, offsetAt(at, windows));
  return ({ start, end, ...row }) => ({ start: local(start), end: local(end), ...row });
};
