import type { DatabaseSync } from 'node:sqlite';
import type { VigilRows } from '#ingest/operations/operations.ts';
import { days } from '#model/duration.ts';
import { all, first, number } from './row.ts';
import type { Transaction } from './transaction.ts';

/** No device is allowed to be silent for longer, so older gaps change nothing. */
const GAPS_KEPT = days(90);
/** A broker that is started without end must not fill the table. */
const MOST_GAPS = 1_000;

/** Vigil's rows in SQLite: until when the service listened, and when it did not. */
export const vigilRows = (database: DatabaseSync, transaction: Transaction): VigilRows => {
  const getUntil = database.prepare("SELECT value FROM setting WHERE name = 'listened_until'");
  const putUntil = database.prepare("INSERT OR REPLACE INTO setting VALUES ('listened_until', ?)");
  const gaps = database.prepare('SELECT * FROM listening_gap ORDER BY from_at');
  const addGap = database.prepare('INSERT OR REPLACE INTO listening_gap VALUES (?, ?)');
  const forget = database.prepare(
    `DELETE FROM listening_gap WHERE to_at < ? OR from_at <=
     (SELECT from_at FROM listening_gap ORDER BY from_at DESC LIMIT 1 OFFSET ${MOST_GAPS})`,
  );
  return {
    listening: () => ({
      until: first(getUntil, (row) => number(row, 'value')),
      gaps: all(gaps, (row) => ({ from: number(row, 'from_at'), to: number(row, 'to_at') })),
    }),
    noteListening: (until, gap) =>
      transaction(() => {
        putUntil.run(until);
        if (gap === undefined) return;
        addGap.run(gap.from, gap.to);
        forget.run(until - GAPS_KEPT.ms);
      }),
  };
};
