import type { DatabaseSync } from 'node:sqlite';
import type { AlertRows, ReachNote } from '#storage/operations/alerts.ts';
import { DELIVERIES, RECIPIENTS } from './row.ts';
import { all, first, number, text } from '#storage/operations/sqlite/row.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';

type SqliteOutboxRows = Pick<
  AlertRows,
  | 'deliveries'
  | 'outboxHeads'
  | 'outboxMissed'
  | 'outboxCounts'
  | 'isNotified'
  | 'noteDelivery'
  | 'noteReached'
  | 'recipients'
>;

/** Writes whether a recipient was reached; to be called inside a transaction. */
const notingReach = (database: DatabaseSync): ((note: ReachNote) => void) => {
  const reached = database.prepare(
    `INSERT INTO recipient (channel, recipient, accepted_at) VALUES ($channel, $recipient, $at) ON CONFLICT (channel, recipient) DO UPDATE SET
     accepted_at = excluded.accepted_at, failing_since = NULL, last_error = NULL`,
  );
  const failed = database.prepare(
    `INSERT INTO recipient (channel, recipient, failing_since, last_error) VALUES ($channel, $recipient, $at, $error)
     ON CONFLICT (channel, recipient) DO UPDATE SET
     failing_since = coalesce(failing_since, excluded.failing_since), last_error = excluded.last_error`,
  );
  return ({ channel, recipient, at, error }) => {
    if (error === undefined) reached.run({ channel, recipient, at });
    else failed.run({ channel, recipient, at, error });
  };
};

const noting = (
  database: DatabaseSync,
  transaction: Transaction,
): Pick<SqliteOutboxRows, 'noteDelivery' | 'noteReached'> => {
  // one that was replaced or given up while it was under way stays so
  const note = database.prepare(
    `UPDATE outbox SET attempts = attempts + $tries, tried_at = $at, last_error = coalesce($error, last_error),
     delivered_at = $deliveredAt, is_late = $isLate,
     delivery = CASE WHEN delivery IN ('waiting', 'missed') THEN $delivery ELSE delivery END WHERE id = $id
     RETURNING channel, recipient`,
  );
  const noteReach = notingReach(database);
  return {
    noteDelivery: ({ id, delivery, at, error, isTried, isOfRecipient, isLate }) =>
      transaction(() => {
        const deliveredAt = delivery === 'delivered' ? at : null;
        const tried = { tries: isTried ? 1 : 0, at, error: error ?? null };
        const row = note.get({ id, delivery, deliveredAt, isLate: isLate ? 1 : 0, ...tried });
        if (row === undefined || !isOfRecipient) return;
        noteReach({ channel: text(row, 'channel'), recipient: text(row, 'recipient'), at, error });
      }),
    noteReached: (reach) => transaction(() => noteReach(reach)),
  };
};

/** The outbox and the health of its recipients in SQLite. */
export const outboxRows = (database: DatabaseSync, transaction: Transaction): SqliteOutboxRows => {
  const ofAlert = database.prepare('SELECT * FROM outbox WHERE alert = $alert ORDER BY id');
  const heads = database.prepare(
    `SELECT * FROM outbox WHERE id IN
     (SELECT min(id) FROM outbox WHERE delivery = 'waiting' GROUP BY channel, recipient) ORDER BY id`,
  );
  const missed = database.prepare(
    `SELECT * FROM outbox WHERE id IN (SELECT id FROM (
       SELECT outbox.id, row_number() OVER (PARTITION BY outbox.channel, outbox.recipient ORDER BY outbox.tried_at, outbox.id) AS place
       FROM outbox JOIN alert ON alert.id = outbox.alert WHERE outbox.delivery = 'missed' AND NOT EXISTS (
         SELECT 1 FROM silence WHERE "from" <= $now AND until > $now
         AND (silence.station IS NULL OR silence.station = alert.station) AND (silence.rule IS NULL OR silence.rule = alert.rule)
       )) WHERE place = 1) ORDER BY id`,
  );
  const counts = database.prepare(
    `SELECT channel, 'waiting' AS delivery, count(*) AS messages FROM outbox WHERE delivery = 'waiting' GROUP BY channel
     UNION ALL SELECT channel, 'missed', count(*) FROM outbox WHERE delivery = 'missed' GROUP BY channel`,
  );
  const notified = database.prepare(
    `SELECT 1 FROM outbox WHERE alert = $alert AND channel = $channel AND recipient = $recipient
     AND state = 'firing' AND delivery = 'delivered'`,
  );
  const recipients = database.prepare('SELECT * FROM recipient ORDER BY channel, recipient');
  return {
    deliveries: (alert) => all(ofAlert, DELIVERIES.read, { alert }),
    outboxHeads: () => all(heads, DELIVERIES.read),
    outboxMissed: (now) => all(missed, DELIVERIES.read, { now }),
    outboxCounts: () =>
      all(counts, (row) => ({
        channel: text(row, 'channel'),
        delivery: row['delivery'] === 'missed' ? 'missed' : 'waiting',
        messages: number(row, 'messages'),
      })),
    isNotified: ({ alert, channel, recipient }) => first(notified, () => true, { alert, channel, recipient }) === true,
    recipients: () => all(recipients, RECIPIENTS.read),
    ...noting(database, transaction),
  };
};
