import type { DatabaseSync } from 'node:sqlite';
import {
  type LatestValue,
  PRESENCE_STATES,
  type Presence,
  type AlertingCommit,
  type AlertingRows,
} from '#storage/operations/alerting.ts';
import { newestAfter } from '#storage/operations/newest.ts';
import { type Flag, parseFlag } from '#model/readings/flag.ts';
import type { IsValid } from '#model/readings/valid.ts';
import { TIMED_BY } from '#model/readings/reading.ts';
import { addingAlerts } from './alert-commit.ts';
import { addingReplies } from './command-replies.ts';
import { movingCursor } from './storing.ts';
import { type SqliteRow, all, first, number, text } from './row.ts';
import type { Transaction } from './transaction.ts';

const readFlag = (row: SqliteRow, column: string): Flag => {
  const flag = parseFlag(number(row, column));
  if (flag === undefined) throw new TypeError('latest holds an unknown flag');
  return flag;
};

const readValid = (row: SqliteRow): Pick<LatestValue, 'valid'> => {
  if (row['valid_value'] === null) return {};
  return {
    valid: {
      value: number(row, 'valid_value'),
      flag: readFlag(row, 'valid_flag'),
      observedAt: number(row, 'valid_observed_at'),
      receivedAt: number(row, 'valid_received_at'),
    },
  };
};

const readLatest = (row: SqliteRow): LatestValue => ({
  station: text(row, 'station'),
  device: text(row, 'device'),
  family: text(row, 'family'),
  property: text(row, 'property'),
  value: number(row, 'value'),
  flag: readFlag(row, 'flag'),
  observedAt: number(row, 'observed_at'),
  receivedAt: number(row, 'received_at'),
  timedBy: TIMED_BY.find((each) => each === row['timed_by']) ?? 'device',
  ...readValid(row),
});

const readPresence = (row: SqliteRow): Presence => ({
  device: text(row, 'device'),
  state: PRESENCE_STATES.find((state) => state === row['state']) ?? 'unknown',
  since: number(row, 'since'),
  connection: number(row, 'connection'),
});

const puttingLatest = (database: DatabaseSync): ((value: LatestValue) => void) => {
  const put = database.prepare('INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  return ({ station, device, property, family, value, flag, observedAt, receivedAt, timedBy, valid }) => {
    put.run(
      ...[station, device, property, family, value, flag, observedAt, receivedAt, timedBy],
      ...[valid?.value ?? null, valid?.flag ?? null, valid?.observedAt ?? null, valid?.receivedAt ?? null],
    );
  };
};

/** Takes a stored value over as the newest where it is not older than the one known; to be called inside a transaction. */
export const amendingLatest = (database: DatabaseSync, isValid: IsValid): ((value: LatestValue) => void) => {
  const one = database.prepare('SELECT * FROM latest WHERE station = ? AND device = ? AND property = ?');
  const put = puttingLatest(database);
  return (value) => {
    const known = first(one, readLatest, value.station, value.device, value.property);
    const newest = newestAfter(known, value, isValid);
    if (newest !== undefined) put(newest);
  };
};

const committing = (database: DatabaseSync): ((batch: AlertingCommit) => void) => {
  const moveCursor = movingCursor(database, 'alerting');
  const addAlerts = addingAlerts(database);
  const addReplies = addingReplies(database);
  const putLatest = puttingLatest(database);
  const putPresence = database.prepare('INSERT OR REPLACE INTO presence VALUES (?, ?, ?, ?)');
  const putSeen = database.prepare('INSERT OR REPLACE INTO last_seen VALUES (?, ?)');
  return (batch) => {
    for (const value of batch.latest) putLatest(value);
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
export const watchRows = (database: DatabaseSync, transaction: Transaction): AlertingRows => {
  const commit = committing(database);
  const latest = database.prepare('SELECT * FROM latest ORDER BY station, device, property');
  const presence = database.prepare('SELECT * FROM presence');
  const seen = database.prepare('SELECT * FROM last_seen');
  return {
    commitAlerted: (batch) => transaction(() => commit(batch)),
    latest: () => all(latest, readLatest),
    presence: () => new Map(all(presence, (row) => [text(row, 'device'), readPresence(row)])),
    lastSeen: () => new Map(all(seen, (row) => [text(row, 'device'), number(row, 'received_at')])),
  };
};
