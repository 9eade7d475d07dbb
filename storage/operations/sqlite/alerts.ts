import type { DatabaseSync } from 'node:sqlite';
import type { AlertRows } from '#storage/operations/alerts.ts';
import { addingAlerts, addingEvents } from './alert-commit.ts';
import { outboxRows } from './outbox.ts';
import { readAlert, readEvent, readSilence } from './alert-row.ts';
import { all, first, number } from './row.ts';
import type { Transaction } from './transaction.ts';

type SilenceRows = Pick<AlertRows, 'silences' | 'addSilence' | 'removeSilence'>;

const silenceRows = (database: DatabaseSync, transaction: Transaction): SilenceRows => {
  const list = database.prepare('SELECT * FROM silence WHERE until > ? ORDER BY id');
  const one = database.prepare('SELECT * FROM silence WHERE id = ?');
  const add = database.prepare('INSERT INTO silence (station, rule, from_at, until, reason) VALUES (?, ?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM silence WHERE id = ?');
  return {
    silences: (endingAfter = 0) => all(list, readSilence, endingAfter),
    addSilence: (silence) =>
      transaction(() => {
        const { station, rule, from, until, reason } = silence;
        const { lastInsertRowid } = add.run(station ?? null, rule ?? null, from, until, reason);
        return { ...silence, id: Number(lastInsertRowid) };
      }),
    removeSilence: (id) =>
      transaction(() => {
        const silence = first(one, readSilence, id);
        remove.run(id);
        return silence;
      }),
  };
};

const acknowledging = (database: DatabaseSync, transaction: Transaction): AlertRows['acknowledgeAlert'] => {
  const one = database.prepare('SELECT * FROM alert WHERE id = ?');
  const addEvents = addingEvents(database);
  const acknowledge = database.prepare(
    'UPDATE alert SET acknowledged_at = ?, acknowledged_by = ?, acknowledged_note = ? WHERE id = ?',
  );
  return (id, acknowledgement) =>
    transaction(() => {
      const alert = first(one, readAlert, id);
      if (alert === undefined || alert.acknowledged !== undefined) return alert;
      const { at, by, note } = acknowledgement;
      acknowledge.run(at, by ?? null, note ?? null, id);
      addEvents([{ alert: id, kind: 'acknowledged', at, receivedAt: at, value: alert.value, note, by }]);
      return { ...alert, acknowledged: acknowledgement };
    });
};

/** Alerts, their history, silences and the outbox in SQLite. */
export const alertRows = (database: DatabaseSync, transaction: Transaction): AlertRows => {
  const addAlerts = addingAlerts(database);
  const one = database.prepare('SELECT * FROM alert WHERE id = ?');
  const standing = database.prepare("SELECT * FROM alert WHERE state IN ('pending', 'firing') ORDER BY id");
  const deferredEnds = database.prepare(
    "SELECT * FROM alert WHERE state IN ('resolved', 'closed') AND is_notified = 1 ORDER BY id",
  );
  const events = database.prepare('SELECT * FROM alert_event WHERE alert = ? ORDER BY id');
  const newest = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'alert'");
  const list = database.prepare(
    `SELECT * FROM alert WHERE (state IN ('pending', 'firing') OR fired_at IS NOT NULL)
     AND (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR station = ?2)
     AND (?3 IS NULL OR severity = ?3) AND (?4 IS NULL OR id < ?4) ORDER BY id DESC LIMIT ?5`,
  );
  return {
    alerts: ({ state, station, severity, before, limit }) =>
      all(list, readAlert, state ?? null, station ?? null, severity ?? null, before ?? null, limit),
    alert: (id) => first(one, readAlert, id),
    standingAlerts: () => all(standing, readAlert),
    deferredEnds: () => all(deferredEnds, readAlert),
    nextAlertId: () => (first(newest, (row) => number(row, 'seq')) ?? 0) + 1,
    alertEvents: (alert) => all(events, readEvent, alert),
    commitAlerts: (commit) => transaction(() => addAlerts(commit)),
    acknowledgeAlert: acknowledging(database, transaction),
    ...silenceRows(database, transaction),
    ...outboxRows(database, transaction),
  };
};
