import type { Requalified } from '#storage/readings/store.ts';
import { Int64Column } from './append.ts';
import type { DatabaseSession } from './database.ts';
import { MICROSECONDS, sqlTime, timeSpan } from './sql.ts';

/** Puts new flags on rows, within the transaction under way. A row that is not there any more is left out. */
export const requalifyRows = async (
  { connection, ids, rows }: DatabaseSession,
  changed: readonly Requalified[],
): Promise<void> => {
  if (changed.length === 0) return;
  const each = changed.flatMap((one) => ids.ofDevice(one).map((series) => ({ series, one })));
  const observedAt = new Int64Column(each.length);
  for (const [row, { one }] of each.entries()) observedAt.set(row, one.observedAt * MICROSECONDS);
  await rows.requalified({
    series: Int32Array.from(each, ({ series }) => series),
    observedAt,
    flag: Uint8Array.from(each, ({ one }) => one.flag),
    tests: Int32Array.from(each, ({ one }) => one.tests),
  });
  const [low, high] = timeSpan(changed);
  await connection.run(`
    UPDATE reading_row SET flag = changed.flag, tests = changed.tests FROM temp.requalified changed
    WHERE reading_row.series = changed.series AND reading_row.observed_at = changed.observed_at
      AND reading_row.observed_at BETWEEN ${sqlTime(low)} AND ${sqlTime(high)}
  `);
};

/** The same in a transaction of its own. */
export const requalifyAlone = async (session: DatabaseSession, changed: readonly Requalified[]): Promise<void> => {
  await session.connection.run('BEGIN TRANSACTION');
  await requalifyRows(session, changed);
  await session.connection.run('COMMIT');
};
