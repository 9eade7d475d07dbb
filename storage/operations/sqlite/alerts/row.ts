import { z } from 'zod';
import { InstantMember } from '#model/base/document.ts';
import { AlertEvent, AlertRecord, Delivery, OutgoingMessage, RecipientHealth, Silence } from '#model/alerts/alert.ts';
import { tableOf } from '#storage/operations/sqlite/table.ts';

/** Queries of this program ask for these members of an alert. */
const ASKED_FOR = [
  'id',
  'rule',
  'station',
  'severity',
  'state',
  'firedAt',
  'isNotified',
  'acknowledged',
  'endedAt',
] as const;

/** `endedAt`: when it was resolved or closed; alerts are removed by it. */
export const ALERTS = tableOf('alert', AlertRecord.extend({ endedAt: InstantMember.optional() }), ASKED_FOR);
export const ALERT_EVENTS = tableOf('alert_event', AlertEvent);
export const SILENCES = tableOf('silence', Silence);
export const NEW_SILENCES = tableOf('silence', Silence.omit({ id: true }));
export const MESSAGES = tableOf('outbox', OutgoingMessage);
export const DELIVERIES = tableOf('outbox', Delivery);
export const RECIPIENTS = tableOf('recipient', RecipientHealth);

/** An acknowledgement as the column of an alert holds it. */
export const writeAcknowledgement = (acknowledgement: AlertRecord['acknowledged']): string =>
  JSON.stringify(z.encode(AlertRecord.shape.acknowledged, acknowledgement));

/** An alert as the table holds it. */
export const readAlert = (row: Parameters<typeof ALERTS.read>[0]): AlertRecord => {
  const { endedAt: _, ...alert } = ALERTS.read(row);
  return alert;
};
