import type { DatabaseSync } from 'node:sqlite';
import { ClockNote, type MonitorRows } from '#storage/operations/monitor.ts';
import { days } from '#model/base/duration.ts';
import { all, first, number } from './row.ts';
import { tableOf } from './table.ts';
import type { Transaction } from './transaction.ts';

/** Outage windows older than this change nothing: every device is silent by then. */
const OUTAGES_KEPT = days(90);
/** A broker that is started without end must not fill the table. */
const MOST_OUTAGES = 1_000;

const CLOCKS = tableOf('clock_skew', ClockNote);

/** Rows of the monitor in SQLite: availability, outages and the clocks of devices. */
export const monitorRows = (database: DatabaseSync, transaction: Transaction): MonitorRows => {
  const getUntil = database.prepare("SELECT value FROM setting WHERE name = 'available_until'");
  const putUntil = database.prepare("INSERT OR REPLACE INTO setting (name, value) VALUES ('available_until', $until)");
  const outages = database.prepare('SELECT * FROM outage_window ORDER BY "from"');
  const addOutage = database.prepare('INSERT OR REPLACE INTO outage_window ("from", "to") VALUES ($from, $to)');
  const forget = database.prepare(
    `DELETE FROM outage_window WHERE "to" < $before OR "from" <=
     (SELECT "from" FROM outage_window ORDER BY "from" DESC LIMIT 1 OFFSET ${MOST_OUTAGES})`,
  );
  const dropAhead = database.prepare('DELETE FROM outage_window WHERE "from" > $now');
  const cutOutages = database.prepare('UPDATE outage_window SET "to" = $now WHERE "to" > $now');
  const cutSeen = database.prepare('UPDATE last_seen SET received_at = $now WHERE received_at > $now');
  const notes = database.prepare('SELECT * FROM clock_skew');
  const putNote = database.prepare(CLOCKS.replace);
  const dropUnknown = database.prepare('DELETE FROM clock_skew WHERE device NOT IN (SELECT id FROM device)');
  return {
    clockNotes: () => all(notes, CLOCKS.read),
    noteClocks: (changed) =>
      transaction(() => {
        for (const note of changed) putNote.run(...CLOCKS.values(note));
        dropUnknown.run();
      }),
    availability: () => ({
      until: first(getUntil, (row) => number(row, 'value')),
      outages: all(outages, (row) => ({ from: number(row, 'from'), to: number(row, 'to') })),
    }),
    noteAvailability: (until, outage) =>
      transaction(() => {
        putUntil.run({ until });
        if (outage === undefined) return;
        addOutage.run({ from: outage.from, to: outage.to });
        forget.run({ before: until - OUTAGES_KEPT.ms });
      }),
    noteSetBack: (now) =>
      transaction(() => {
        putUntil.run({ until: now });
        dropAhead.run({ now });
        cutOutages.run({ now });
        cutSeen.run({ now });
      }),
  };
};
