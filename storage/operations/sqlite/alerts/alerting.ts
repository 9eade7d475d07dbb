import type { DatabaseSync } from 'node:sqlite';
import {
  type AlertingCommit,
  type AlertingRows,
  LastSeen,
  LatestValue,
  Presence,
} from '#storage/operations/alerting.ts';
import { newestAfter } from '#storage/operations/newest.ts';
import type { IsValid } from '#model/readings/valid.ts';
import { addingAlerts } from './commit.ts';
import { addingReplies } from '#storage/operations/sqlite/commands/replies.ts';
import { movingCursor } from '#storage/operations/sqlite/readings/storing.ts';
import { puttingNumbers } from '#storage/operations/sqlite/readings/quality.ts';
import { all, first } from '#storage/operations/sqlite/row.ts';
import { tableOf } from '#storage/operations/sqlite/table.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';

const LATEST = tableOf('latest', LatestValue);
const PRESENCE = tableOf('presence', Presence);
const LAST_SEEN = tableOf('last_seen', LastSeen);

const puttingLatest = (database: DatabaseSync): ((value: LatestValue) => void) => {
  const put = database.prepare(LATEST.replace);
  return (value) => void put.run(...LATEST.values(value));
};

/** Takes a stored value over as the newest where it is not older than the one known; to be called inside a transaction. */
export const amendingLatest = (database: DatabaseSync, isValid: IsValid): ((value: LatestValue) => void) => {
  const one = database.prepare(
    'SELECT * FROM latest WHERE station = $station AND device = $device AND property = $property',
  );
  const put = puttingLatest(database);
  return (value) => {
    const { station, device, property } = value;
    const known = first(one, LATEST.read, { station, device, property });
    const newest = newestAfter(known, value, isValid);
    if (newest !== undefined) put(newest);
  };
};

const committing = (database: DatabaseSync): ((batch: AlertingCommit) => void) => {
  const moveCursor = movingCursor(database, 'alerting');
  const addAlerts = addingAlerts(database);
  const addReplies = addingReplies(database);
  const putLatest = puttingLatest(database);
  const putNumbers = puttingNumbers(database, 'alerting');
  const putPresence = database.prepare(PRESENCE.replace);
  const putSeen = database.prepare(LAST_SEEN.replace);
  return (batch) => {
    for (const value of batch.latest) putLatest(value);
    for (const presence of batch.presence) putPresence.run(...PRESENCE.values(presence));
    for (const seen of batch.seen) putSeen.run(...LAST_SEEN.values(seen));
    if (batch.courses !== undefined) putNumbers(batch.courses);
    if (batch.alerting !== undefined) addAlerts(batch.alerting);
    if (batch.replies !== undefined) addReplies(batch.replies);
    moveCursor(batch.cursor);
  };
};

/** Rows of the alerting reader in SQLite: its cursor, the newest values, presence and last signs of life. */
export const alertingRows = (database: DatabaseSync, transaction: Transaction): AlertingRows => {
  const commit = committing(database);
  const latest = database.prepare('SELECT * FROM latest ORDER BY station, device, property');
  const latestAt = database.prepare('SELECT * FROM latest WHERE station = $station ORDER BY device, property');
  const presence = database.prepare('SELECT * FROM presence');
  const presenceOf = database.prepare('SELECT * FROM presence WHERE device = $device');
  const seen = database.prepare('SELECT * FROM last_seen');
  const seenOf = database.prepare('SELECT * FROM last_seen WHERE device = $device');
  return {
    commitAlerted: (batch) => transaction(() => commit(batch)),
    latest: (stations) =>
      stations === undefined
        ? all(latest, LATEST.read)
        : stations.flatMap((station) => all(latestAt, LATEST.read, { station })),
    presence: (devices) => {
      const rows =
        devices === undefined
          ? all(presence, PRESENCE.read)
          : devices.flatMap((device) => all(presenceOf, PRESENCE.read, { device }));
      return new Map(rows.map((known) => [known.device, known] as const));
    },
    lastSeen: (devices) => {
      const rows =
        devices === undefined
          ? all(seen, LAST_SEEN.read)
          : devices.flatMap((device) => all(seenOf, LAST_SEEN.read, { device }));
      return new Map(rows.map(({ device, receivedAt }) => [device, receivedAt] as const));
    },
  };
};
