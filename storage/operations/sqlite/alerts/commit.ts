import type { DatabaseSync } from 'node:sqlite';
import type { Alert, AlertCommit, AlertEvent, OutgoingMessage } from '#model/alerts/alert.ts';
import { days } from '#model/base/duration.ts';
import { ALERT_EVENTS, ALERTS, MESSAGES } from './row.ts';

/** Alerts that have ended are kept so long, with their history and their receipts. */
const KEPT = days(400);
/** One that never fired tells little, and there are many of them. */
const NEVER_FIRED_KEPT = days(30);
/** Messages that may wait in the outbox; of more, the oldest are given up. */
const OUTBOX_BOUND = 10_000;

/** Adds lines to the history of alerts; to be called inside a transaction. */
export const addingEvents = (database: DatabaseSync): ((events: readonly AlertEvent[]) => void) => {
  const add = database.prepare(ALERT_EVENTS.insert);
  return (events) => {
    for (const event of events) add.run(...ALERT_EVENTS.values(event));
  };
};

const puttingAlerts = (database: DatabaseSync): ((alerts: readonly Alert[]) => void) => {
  const put = database.prepare(ALERTS.upsert('id', 'acknowledged'));
  return (alerts) => {
    for (const alert of alerts) {
      const endedAt = alert.resolvedAt ?? alert.closing?.at;
      put.run(...ALERTS.values({ ...alert, acknowledged: undefined, endedAt }));
    }
  };
};

const addingMessages = (database: DatabaseSync): ((messages: readonly OutgoingMessage[]) => void) => {
  const replace = database.prepare(
    `UPDATE outbox SET delivery = 'replaced'
     WHERE delivery = 'waiting' AND channel = $channel AND recipient = $recipient`,
  );
  const add = database.prepare(MESSAGES.insert);
  const bound = database.prepare(
    `UPDATE outbox SET delivery = CASE state WHEN 'firing' THEN 'missed' ELSE 'failed' END, last_error = 'the outbox holds ${OUTBOX_BOUND} newer messages'
     WHERE id IN (SELECT id FROM outbox WHERE delivery = 'waiting' ORDER BY id DESC LIMIT -1 OFFSET ${OUTBOX_BOUND})`,
  );
  return (messages) => {
    for (const message of messages) {
      const { channel, recipient, isReplacing } = message;
      if (isReplacing) replace.run({ channel, recipient });
      add.run(...MESSAGES.values(message));
    }
    if (messages.length > 0) bound.run();
  };
};

/** Puts what a batch changes in alerting; to be called inside the transaction that moves the cursor of the alerting reader. */
export const addingAlerts = (database: DatabaseSync): ((commit: AlertCommit) => void) => {
  const putAlerts = puttingAlerts(database);
  const addEvents = addingEvents(database);
  const addMessages = addingMessages(database);
  const forget = database.prepare(
    `DELETE FROM alert WHERE state IN ('resolved', 'closed')
     AND (ended_at < $before OR (fired_at IS NULL AND ended_at < $neverFiredBefore))`,
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
    forget.run({ before: now - KEPT.ms, neverFiredBefore: now - NEVER_FIRED_KEPT.ms });
  };
};
