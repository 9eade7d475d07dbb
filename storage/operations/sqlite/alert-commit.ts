import type { DatabaseSync } from 'node:sqlite';
import type { Alert, AlertCommit, AlertEvent, OutgoingMessage } from '#model/alerts/alert.ts';
import { days } from '#model/base/duration.ts';

/** How long an alert that is over is kept with its history and its receipts. */
const KEPT = days(400);
/** One that never fired tells little, and there are many of them. */
const NEVER_FIRED_KEPT = days(30);
/** Messages that may wait in the outbox; of more, the oldest are given up. */
const OUTBOX_BOUND = 10_000;

/** Adds lines to the history of alerts; to be called inside a transaction. */
export const addingEvents = (database: DatabaseSync): ((events: readonly AlertEvent[]) => void) => {
  const add = database.prepare(
    'INSERT INTO alert_event (alert, kind, at, received_at, value, note, by_whom) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  return (events) => {
    for (const { alert, kind, at, receivedAt, value, note, by } of events) {
      add.run(alert, kind, at, receivedAt, value, note ?? null, by ?? null);
    }
  };
};

const puttingAlerts = (database: DatabaseSync): ((alerts: readonly Alert[]) => void) => {
  const put = database.prepare(
    `INSERT INTO alert (id, rule, station, device, family, property, severity, state, value, observed_at, raise, clear,
       trend, since, fired_at, resolved_at, is_notified, rest)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
     device = excluded.device, severity = excluded.severity, state = excluded.state, value = excluded.value, observed_at = excluded.observed_at,
     raise = excluded.raise, clear = excluded.clear, trend = excluded.trend, since = excluded.since,
     fired_at = excluded.fired_at, resolved_at = excluded.resolved_at, is_notified = excluded.is_notified, rest = excluded.rest`,
  );
  return (alerts) => {
    for (const of of alerts) {
      const { title, channels, anchor, detail, closing } = of;
      const rest = JSON.stringify({ title, channels, anchor, detail, closing });
      const endedAt = of.resolvedAt ?? closing?.at ?? null;
      put.run(
        ...[of.id, of.rule, of.station, of.device, of.family, of.property, of.severity, of.state, of.value],
        ...[of.observedAt, of.raise, of.clear, of.trend, of.since, of.firedAt ?? null, endedAt],
        ...[of.isNotified ? 1 : 0, rest],
      );
    }
  };
};

const addingMessages = (database: DatabaseSync): ((messages: readonly OutgoingMessage[]) => void) => {
  const replace = database.prepare(
    "UPDATE outbox SET delivery = 'replaced' WHERE delivery = 'waiting' AND channel = ? AND recipient = ?",
  );
  const add = database.prepare(
    `INSERT INTO outbox (key, alert, state, channel, recipient, body, received_at, created_at, delivery, attempts)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0)`,
  );
  const bound = database.prepare(
    `UPDATE outbox SET delivery = CASE state WHEN 'firing' THEN 'missed' ELSE 'failed' END, last_error = 'the outbox holds ${OUTBOX_BOUND} newer messages'
     WHERE id IN (SELECT id FROM outbox WHERE delivery = 'waiting' ORDER BY id DESC LIMIT -1 OFFSET ${OUTBOX_BOUND})`,
  );
  return (messages) => {
    for (const of of messages) {
      if (of.isReplacing) replace.run(of.channel, of.recipient);
      const { key, alert, state, channel, recipient, body, receivedAt, createdAt } = of;
      add.run(key, alert, state, channel, recipient, body, receivedAt, createdAt);
    }
    if (messages.length > 0) bound.run();
  };
};

/** Puts what a batch changes in alerting; to be called inside the transaction that moves the cursor of watch. */
export const addingAlerts = (database: DatabaseSync): ((commit: AlertCommit) => void) => {
  const putAlerts = puttingAlerts(database);
  const addEvents = addingEvents(database);
  const addMessages = addingMessages(database);
  const forget = database.prepare(
    `DELETE FROM alert WHERE state IN ('resolved', 'closed') AND (resolved_at < ? OR (fired_at IS NULL AND resolved_at < ?))`,
  );
  return ({ alerts, events, messages, agedAt = Number.POSITIVE_INFINITY }) => {
    putAlerts(alerts);
    addEvents(events);
    addMessages(messages);
    const over = events
      .filter(({ kind }) => kind === 'resolved' || kind === 'closed')
      .map(({ receivedAt }) => receivedAt);
    if (over.length === 0) return;
    const now = Math.min(agedAt, Math.max(...over));
    forget.run(now - KEPT.ms, now - NEVER_FIRED_KEPT.ms);
  };
};
