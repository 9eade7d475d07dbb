import type { DatabaseSync } from 'node:sqlite';
import type { AlertRows } from '#storage/operations/alerts.ts';
import { addingAlerts, addingEvents } from './commit.ts';
import { outboxRows } from './outbox.ts';
import { ALERT_EVENTS, NEW_SILENCES, readAlert, SILENCES, writeAcknowledgement } from './row.ts';
import { all, first, number } from '#storage/operations/sqlite/row.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';

type SilenceRows = Pick<AlertRows, 'silences' | 'addSilence' | 'removeSilence'>;

const silenceRows = (database: DatabaseSync, transaction: Transaction): SilenceRows => {
  const list = database.prepare('SELECT * FROM silence WHERE until > $endingAfter ORDER BY id');
  const one = database.prepare('SELECT * FROM silence WHERE id = $id');
  const add = database.prepare(NEW_SILENCES.insert);
  const remove = database.prepare('DELETE FROM silence WHERE id = $id');
  return {
    silences: (endingAfter = 0) => all(list, SILENCES.read, { endingAfter }),
    addSilence: (silence) =>
      transaction(() => {
        const { lastInsertRowid } = add.run(...NEW_SILENCES.values(silence));
        return { ...silence, id: Number(lastInsertRowid) };
      }),
    removeSilence: (id) =>
      transaction(() => {
        const silence = first(one, SILENCES.read, { id });
        remove.run({ id });
        return silence;
      }),
  };
};

const acknowledging = (database: DatabaseSync, transaction: Transaction): AlertRows['acknowledgeAlert'] => {
  const one = database.prepare('SELECT * FROM alert WHERE id = $id');
  const addEvents = addingEvents(database);
  const acknowledge = database.prepare('UPDATE alert SET acknowledged = $acknowledged WHERE id = $id');
  return (id, acknowledgement) =>
    transaction(() => {
      const alert = first(one, readAlert, { id });
      if (alert === undefined || alert.acknowledged !== undefined) return alert;
      const { at, by, note } = acknowledgement;
      acknowledge.run({ id, acknowledged: writeAcknowledgement(acknowledgement) });
      addEvents([{ alert: id, kind: 'acknowledged', at, receivedAt: at, value: alert.value, note, by }]);
      return { ...alert, acknowledged: acknowledgement };
    });
};

/** Alerts, their history, silences and the outbox in SQLite. */
export const alertRows = (database: DatabaseSync, transaction: Transaction): AlertRows => {
  const addAlerts = addingAlerts(database);
  const one = database.prepare('SELECT * FROM alert WHERE id = $id');
  const standing = database.prepare("SELECT * FROM alert WHERE state IN ('pending', 'firing') ORDER BY id");
  const deferredEnds = database.prepare(
    "SELECT * FROM alert WHERE state IN ('resolved', 'closed') AND is_notified = 1 ORDER BY id",
  );
  const events = database.prepare('SELECT * FROM alert_event WHERE alert = $alert ORDER BY id');
  const newest = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'alert'");
  const list = database.prepare(
    `SELECT * FROM alert WHERE (state IN ('pending', 'firing') OR fired_at IS NOT NULL)
     AND ($state IS NULL OR state = $state) AND ($station IS NULL OR station = $station)
     AND ($severity IS NULL OR severity = $severity) AND ($before IS NULL OR id < $before)
     ORDER BY id DESC LIMIT $limit`,
  );
  return {
    alerts: ({ state = null, station = null, severity = null, before = null, limit }) =>
      all(list, readAlert, { state, station, severity, before, limit }),
    alert: (id) => first(one, readAlert, { id }),
    standingAlerts: () => all(standing, readAlert),
    deferredEnds: () => all(deferredEnds, readAlert),
    nextAlertId: () => (first(newest, (row) => number(row, 'seq')) ?? 0) + 1,
    alertEvents: (alert) => all(events, ALERT_EVENTS.read, { alert }),
    commitAlerts: (commit) => transaction(() => addAlerts(commit)),
    acknowledgeAlert: acknowledging(database, transaction),
    ...silenceRows(database, transaction),
    ...outboxRows(database, transaction),
  };
};
