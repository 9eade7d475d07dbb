import type { DatabaseSync } from 'node:sqlite';
import type { ClockNote, MonitorRows } from '#storage/operations/monitor.ts';
import { days, milliseconds } from '#model/base/duration.ts';
import { all, first, number, type SqliteRow, text } from './row.ts';
import type { Transaction } from './transaction.ts';

/** No device is allowed to be silent for longer, so older windows change nothing. */
const GAPS_KEPT = days(90);
/** A broker that is started without end must not fill the table. */
const MOST_OUTAGES = 1_000;

const readNote = (row: SqliteRow): ClockNote => ({
  device: text(row, 'device'),
  ahead: row['ahead_ms'] === null ? undefined : milliseconds(number(row, 'ahead_ms')),
  refusedAt: row['refused_at'] === null ? undefined : number(row, 'refused_at'),
});

/** Vigil's rows in SQLite: until when the service listened, when it did not, and what is thought of clocks. */
export const vigilRows = (database: DatabaseSync, transaction: Transaction): MonitorRows => {
  const getUntil = database.prepare("SELECT value FROM setting WHERE name = 'listened_until'");
  const putUntil = database.prepare("INSERT OR REPLACE INTO setting VALUES ('listened_until', ?)");
  const outages = database.prepare('SELECT * FROM outage_window ORDER BY from_at');
  const addOutage = database.prepare('INSERT OR REPLACE INTO outage_window VALUES (?, ?)');
  const forget = database.prepare(
    `DELETE FROM outage_window WHERE to_at < ? OR from_at <=
     (SELECT from_at FROM outage_window ORDER BY from_at DESC LIMIT 1 OFFSET ${MOST_OUTAGES})`,
  );
  const dropAhead = database.prepare('DELETE FROM outage_window WHERE from_at > ?');
  const cutOutages = database.prepare('UPDATE outage_window SET to_at = ?1 WHERE to_at > ?1');
  const cutSeen = database.prepare('UPDATE last_seen SET received_at = ?1 WHERE received_at > ?1');
  const notes = database.prepare('SELECT * FROM clock_skew');
  const putNote = database.prepare('INSERT OR REPLACE INTO clock_skew VALUES (?, ?, ?)');
  const dropUnknown = database.prepare('DELETE FROM clock_skew WHERE device NOT IN (SELECT id FROM device)');
  return {
    clockNotes: () => all(notes, readNote),
    noteClocks: (changed) =>
      transaction(() => {
        for (const { device, ahead, refusedAt } of changed) putNote.run(device, ahead?.ms ?? null, refusedAt ?? null);
        dropUnknown.run();
      }),
    availability: () => ({
      until: first(getUntil, (row) => number(row, 'value')),
      outages: all(outages, (row) => ({ from: number(row, 'from_at'), to: number(row, 'to_at') })),
    }),
    noteAvailability: (until, gap) =>
      transaction(() => {
        putUntil.run(until);
        if (gap === undefined) return;
        addOutage.run(gap.from, gap.to);
        forget.run(until - GAPS_KEPT.ms);
      }),
    noteSetBack: (now) =>
      transaction(() => {
        putUntil.run(now);
        dropAhead.run(now);
        cutOutages.run(now);
        cutSeen.run(now);
      }),
  };
};
