import type { DatabaseSync } from 'node:sqlite';
import {
  type LatestValue,
  PRESENCE_STATES,
  type Presence,
  type WatchCommit,
  type WatchRows,
} from '#ingest/operations/watch.ts';
import { parseFlag } from '#model/flag.ts';
import { addingAlerts } from './alert-commit.ts';
import { addingReplies } from './command-replies.ts';
import { movingCursor } from './keep.ts';
import { type Row, all, number, text } from './row.ts';
import type { Transaction } from './transaction.ts';

const readLatest = (row: Row): LatestValue => {
  const flag = parseFlag(number(row, 'flag'));
  if (flag === undefined) throw new TypeError('latest holds an unknown flag');
  return {
    station: text(row, 'station'),
    device: text(row, 'device'),
    family: text(row, 'family'),
    property: text(row, 'property'),
    value: number(row, 'value'),
    flag,
    observedAt: number(row, 'observed_at'),
    receivedAt: number(row, 'received_at'),
    timedBy: row['timed_by'] === 'arrival' ? 'arrival' : 'device',
  };
};

const readPresence = (row: Row): Presence => ({
  device: text(row, 'device'),
  state: PRESENCE_STATES.find((state) => state === row['state']) ?? 'unknown',
  since: number(row, 'since'),
  connection: number(row, 'connection'),
});

/** Takes a stored value over as the newest where it is not older than the one known; to be called inside a transaction. */
export const amendingLatest = (database: DatabaseSync): ((value: LatestValue) => void) => {
  const amend = database.prepare(
    `INSERT INTO latest VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (station, device, property) DO UPDATE SET
     family = excluded.family, value = excluded.value, flag = excluded.flag, observed_at = excluded.observed_at,
     received_at = excluded.received_at, timed_by = excluded.timed_by WHERE excluded.observed_at >= observed_at`,
  );
  return ({ station, device, property, family, value, flag, observedAt, receivedAt, timedBy }) => {
    amend.run(station, device, property, family, value, flag, observedAt, receivedAt, timedBy);
  };
};

const committing = (database: DatabaseSync): ((batch: WatchCommit) => void) => {
  const moveCursor = movingCursor(database, 'watch');
  const addAlerts = addingAlerts(database);
  const addReplies = addingReplies(database);
  const putLatest = database.prepare('INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const putPresence = database.prepare('INSERT OR REPLACE INTO presence VALUES (?, ?, ?, ?)');
  const putSeen = database.prepare('INSERT OR REPLACE INTO last_seen VALUES (?, ?)');
  return (batch) => {
    for (const of of batch.latest) {
      const { station, device, property, family, value, flag, observedAt, receivedAt, timedBy } = of;
      putLatest.run(station, device, property, family, value, flag, observedAt, receivedAt, timedBy);
    }
    for (const { device, state, since, connection } of batch.presence) {
      putPresence.run(device, state, since, connection);
    }
    for (const { device, receivedAt } of batch.seen) putSeen.run(device, receivedAt);
    if (batch.alerting !== undefined) addAlerts(batch.alerting);
    if (batch.replies !== undefined) addReplies(batch.replies);
    moveCursor(batch.cursor);
  };
};

/** Watch's rows in SQLite: its cursor, the newest values, presence and last signs of life. */
export const watchRows = (database: DatabaseSync, transaction: Transaction): WatchRows => {
  const commit = committing(database);
  const latest = database.prepare('SELECT * FROM latest ORDER BY station, device, property');
  const presence = database.prepare('SELECT * FROM presence');
  const seen = database.prepare('SELECT * FROM last_seen');
  return {
    watched: (batch) => transaction(() => commit(batch)),
    latest: () => all(latest, readLatest),
    presence: () => new Map(all(presence, (row) => [text(row, 'device'), readPresence(row)])),
    lastSeen: () => new Map(all(seen, (row) => [text(row, 'device'), number(row, 'received_at')])),
  };
};
