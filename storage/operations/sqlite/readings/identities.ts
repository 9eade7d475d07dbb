import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { InstantMember } from '#model/base/document.ts';
import {
  type AssignedTime,
  type ConnectionChange,
  type IdentityChanges,
  MovedReading,
  type StoringRows,
} from '#storage/operations/storing.ts';
import type { Instant } from '#model/base/instant.ts';
import { type SqliteRow, all, first, number, text } from '#storage/operations/sqlite/row.ts';
import { tableOf } from '#storage/operations/sqlite/table.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';

const writeTimes = (times: AssignedTime['times']): string =>
  times.map(({ observedAt, properties }) => `${observedAt} ${properties.join(' ')}`).join(';');

const readTimes = (written: string): AssignedTime['times'] =>
  written.split(';').map((each) => {
    const [observedAt, ...properties] = each.split(' ');
    return { observedAt: Number(observedAt), properties };
  });

const MOVED = tableOf('moved_reading', MovedReading);

/** The times of an identity are one text: they are added to without being read. */
const TIMES = tableOf(
  'assigned_time',
  z.object({
    device: z.string(),
    identity: z.string(),
    content: z.string(),
    times: z.string(),
    newest: InstantMember,
    receivedAt: InstantMember,
  }),
);

/** Adds under which identities and at which times readings are stored. */
const addingTimes = (database: DatabaseSync): ((changes: IdentityChanges) => void) => {
  const replace = database.prepare(TIMES.replace);
  const add = database.prepare(
    `${TIMES.insert} ON CONFLICT (device, identity) DO UPDATE SET
     times = times || ';' || excluded.times, newest = max(newest, excluded.newest),
     received_at = max(received_at, excluded.received_at)`,
  );
  const move = database.prepare(MOVED.replace);
  return ({ assigned, moved }) => {
    for (const { device, identity, content, times, receivedAt, isReplacing } of assigned) {
      const newest = times.reduce((latest, { observedAt }) => Math.max(latest, observedAt), 0);
      const row = { device, identity, content, times: writeTimes(times), newest, receivedAt };
      (isReplacing ? replace : add).run(...TIMES.values(row));
    }
    for (const reading of moved) move.run(...MOVED.values(reading));
  };
};

/** Takes over what an entry changes in the broker's connections. */
const changingConnections = (database: DatabaseSync): ((change: ConnectionChange) => void) => {
  // the connection before stays: what was on its way by it may come behind the next one
  const dropOlder = database.prepare(
    `DELETE FROM persistent_connection WHERE client = $client
     AND connection < (SELECT max(connection) FROM persistent_connection WHERE client = $client)`,
  );
  const add = database.prepare(
    'INSERT OR REPLACE INTO persistent_connection (connection, client) VALUES ($connection, $client)',
  );
  const leave = database.prepare('UPDATE persistent_connection SET ended_at = $at WHERE connection = $connection');
  const dropAll = database.prepare('DELETE FROM persistent_connection');
  const putRun = database.prepare("INSERT OR REPLACE INTO setting (name, value) VALUES ('broker_run', $sequence)");
  return (change) => {
    switch (change.kind) {
      case 'broker-started':
        dropAll.run();
        putRun.run({ sequence: change.sequence });
        break;
      case 'connected':
        dropOlder.run({ client: change.clientId });
        add.run({ connection: change.connection, client: change.clientId });
        break;
      case 'disconnected':
        leave.run({ at: change.at, connection: change.connection });
        break;
    }
  };
};

/** Forgets identities that were noted before an instant, and notes until when. */
const forgettingTimes = (database: DatabaseSync): ((before: Instant) => void) => {
  const note = database.prepare(
    `UPDATE device_watermark SET forgotten = max(forgotten, old.newest) FROM
     (SELECT device, max(newest) AS newest FROM assigned_time INDEXED BY assigned_time_received
      WHERE received_at < $before GROUP BY device) old
     WHERE device_watermark.device = old.device`,
  );
  const drop = database.prepare('DELETE FROM assigned_time WHERE received_at < $before');
  const dropConnections = database.prepare('DELETE FROM persistent_connection WHERE ended_at < $before');
  return (before) => {
    note.run({ before });
    drop.run({ before });
    dropConnections.run({ before });
  };
};

/** Takes over what a batch changes in identities; to be called inside a transaction. */
export const changingIdentities = (database: DatabaseSync): ((changes: IdentityChanges) => void) => {
  const addTimes = addingTimes(database);
  const changeConnection = changingConnections(database);
  const forget = forgettingTimes(database);
  return (changes) => {
    addTimes(changes);
    changes.connections.forEach(changeConnection);
    if (changes.rememberSince !== undefined) forget(changes.rememberSince);
  };
};

const readAssigned = (row: SqliteRow): AssignedTime => ({
  device: text(row, 'device'),
  identity: text(row, 'identity'),
  content: text(row, 'content'),
  times: readTimes(text(row, 'times')),
  receivedAt: number(row, 'received_at'),
});

type IdentityRows = Pick<
  StoringRows,
  'hasAssigned' | 'assignedTo' | 'assignedFrom' | 'moved' | 'forgetMoved' | 'brokerRun' | 'keptClient'
>;

/** Identities in SQLite: assigned times, moved readings and the connections of kept sessions. */
export const identityRows = (database: DatabaseSync, transaction: Transaction): IdentityRows => {
  const any = database.prepare('SELECT 1 AS one FROM assigned_time WHERE device = $device LIMIT 1');
  const named = database.prepare('SELECT * FROM assigned_time WHERE device = $device AND identity = $identity');
  // U+FFFF is behind every character that a name holds
  const begun = database.prepare(
    'SELECT * FROM assigned_time WHERE device = $device AND identity >= $beginning AND identity < $beginning || char(65535)',
  );
  const moved = database.prepare(
    'SELECT place, observed_at FROM moved_reading WHERE journal = $journal AND sequence = $sequence',
  );
  // each by the key: the table is not read as a whole
  const forgetOlder = database.prepare('DELETE FROM moved_reading WHERE journal = $journal AND sequence < $before');
  const forgetBefore = database.prepare('DELETE FROM moved_reading WHERE journal < $journal');
  const forgetBehind = database.prepare('DELETE FROM moved_reading WHERE journal > $journal');
  const run = database.prepare("SELECT value FROM setting WHERE name = 'broker_run'");
  const client = database.prepare('SELECT client FROM persistent_connection WHERE connection = $connection');
  return {
    hasAssigned: (device) => any.get({ device }) !== undefined,
    assignedTo: (device, identity) => first(named, readAssigned, { device, identity }),
    assignedFrom: (device, name) => all(begun, readAssigned, { device, beginning: name }),
    moved: (journal, sequence) =>
      new Map(all(moved, (row) => [text(row, 'place'), number(row, 'observed_at')], { journal, sequence })),
    forgetMoved: (journal, before) =>
      transaction(() => {
        forgetOlder.run({ journal, before });
        forgetBefore.run({ journal });
        forgetBehind.run({ journal });
      }),
    brokerRun: () => first(run, (row) => number(row, 'value')) ?? 0,
    keptClient: (connection) => first(client, (row) => text(row, 'client'), { connection }),
  };
};
