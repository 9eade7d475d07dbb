import { z } from 'zod';
import {
  ALERT_EVENTS,
  ALERT_STATES,
  type AlertEvent,
  type AlertRecord,
  CLOSING_REASONS,
  DELIVERY_STATES,
  type Delivery,
  type RecipientHealth,
  type Silence,
  TRENDS,
} from '#model/alerts/alert.ts';
import { type SqliteRow, number, text } from './row.ts';

/** What of an alert is never asked for by itself. */
const Rest = z.object({
  title: z.object({ id: z.string(), en: z.string() }),
  channels: z.array(z.string()).optional(),
  anchor: z.object({ at: z.number(), value: z.number() }),
  detail: z.object({ id: z.string(), en: z.string() }).exactOptional(),
  closing: z
    .object({
      at: z.number(),
      reason: z.enum(CLOSING_REASONS),
      ...{ by: z.string().exactOptional(), note: z.string().exactOptional(), other: z.number().exactOptional() },
    })
    .exactOptional(),
});

const Severity = z.enum(['minor', 'moderate', 'severe', 'extreme']);

const numberOrNothing = (row: SqliteRow, column: string): number | undefined =>
  row[column] === null ? undefined : number(row, column);

const textOrNothing = (row: SqliteRow, column: string): string | undefined =>
  row[column] === null ? undefined : text(row, column);

/** One of a list of words; another is a bug, not bad input. */
const oneOf = <T extends string>(words: readonly T[], row: SqliteRow, column: string): T => {
  const word = words.find((known) => known === row[column]);
  if (word === undefined) throw new TypeError(`column ${column} holds an unknown word`);
  return word;
};

export const readAlert = (row: SqliteRow): AlertRecord => {
  const { title, channels, anchor, detail, closing } = Rest.parse(JSON.parse(text(row, 'rest')));
  const acknowledgedAt = numberOrNothing(row, 'acknowledged_at');
  return {
    id: number(row, 'id'),
    rule: text(row, 'rule'),
    station: text(row, 'station'),
    device: text(row, 'device'),
    family: text(row, 'family'),
    property: text(row, 'property'),
    severity: Severity.parse(row['severity']),
    ...{ title, channels, anchor },
    ...(detail === undefined ? {} : { detail }),
    ...(closing === undefined ? {} : { closing }),
    raise: number(row, 'raise'),
    clear: number(row, 'clear'),
    state: oneOf(ALERT_STATES, row, 'state'),
    value: number(row, 'value'),
    observedAt: number(row, 'observed_at'),
    trend: oneOf(TRENDS, row, 'trend'),
    since: number(row, 'since'),
    firedAt: numberOrNothing(row, 'fired_at'),
    // the column says when it ended, however it did
    resolvedAt: closing === undefined ? numberOrNothing(row, 'resolved_at') : undefined,
    isNotified: number(row, 'is_notified') === 1,
    acknowledged:
      acknowledgedAt === undefined
        ? undefined
        : {
            at: acknowledgedAt,
            by: textOrNothing(row, 'acknowledged_by'),
            note: textOrNothing(row, 'acknowledged_note'),
          },
  };
};

export const readEvent = (row: SqliteRow): AlertEvent => ({
  alert: number(row, 'alert'),
  kind: oneOf(ALERT_EVENTS, row, 'kind'),
  at: number(row, 'at'),
  receivedAt: number(row, 'received_at'),
  value: number(row, 'value'),
  note: textOrNothing(row, 'note'),
  by: textOrNothing(row, 'by_whom'),
});

export const readSilence = (row: SqliteRow): Silence => ({
  id: number(row, 'id'),
  station: textOrNothing(row, 'station'),
  rule: textOrNothing(row, 'rule'),
  from: number(row, 'from_at'),
  until: number(row, 'until'),
  reason: text(row, 'reason'),
});

export const readDelivery = (row: SqliteRow): Delivery => ({
  id: number(row, 'id'),
  key: text(row, 'key'),
  alert: number(row, 'alert'),
  state: oneOf(ALERT_STATES, row, 'state'),
  channel: text(row, 'channel'),
  recipient: text(row, 'recipient'),
  body: text(row, 'body'),
  receivedAt: number(row, 'received_at'),
  createdAt: number(row, 'created_at'),
  delivery: oneOf(DELIVERY_STATES, row, 'delivery'),
  attempts: number(row, 'attempts'),
  isLate: number(row, 'is_late') === 1,
  deliveredAt: numberOrNothing(row, 'delivered_at'),
  lastError: textOrNothing(row, 'last_error'),
});

export const readHealth = (row: SqliteRow): RecipientHealth => ({
  channel: text(row, 'channel'),
  recipient: text(row, 'recipient'),
  acceptedAt: numberOrNothing(row, 'accepted_at'),
  failingSince: numberOrNothing(row, 'failing_since'),
  lastError: textOrNothing(row, 'last_error'),
});
