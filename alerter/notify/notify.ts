import {
  type Alert,
  type AlertChange,
  type AlertCommit,
  type AlertEvent,
  type Evaluated,
  hasEnded,
  silenceOf,
} from '#model/alerts/alert.ts';
import { whyClosed } from '#model/alerts/alert-closing.ts';
import type { NotifyContext } from './context.ts';
import { route } from './stages/route.ts';
import { publishState } from './stages/publish-state.ts';
import { deferred } from './stages/deferred.ts';
import { render } from './stages/render.ts';
import { silence } from './stages/silence.ts';
import { notifiable } from './stages/notifiable.ts';

/** The changes to notify people of. A stage that mutes, gathers or repeats is one more line here. */
const changesToNotify = (evaluated: Evaluated, context: NotifyContext): readonly AlertChange[] =>
  notifiable(silence(deferred(evaluated, context), context));

/** The messages to people about these changes, and the states for channels that show them. */
const messagesOf = (evaluated: Evaluated, changes: readonly AlertChange[], context: NotifyContext) =>
  render([...route(changes, context), ...publishState(evaluated, context)], context);

/** The note of a step in the history, and its author. */
const remarkOf = (alert: Alert): Pick<AlertEvent, 'note' | 'by'> => {
  const { closing } = alert;
  if (closing === undefined) return { note: undefined };
  return { note: closing.note ?? whyClosed(alert, closing).en, by: closing.by };
};

const eventsOf = ({ alert, receivedAt }: AlertChange, { silences, now }: NotifyContext): readonly AlertEvent[] => {
  const { since: pending, firedAt: firing, resolvedAt: resolved, closing } = alert;
  const at = { pending, firing, resolved, closed: closing?.at }[alert.state];
  const event = { alert: alert.id, at: at ?? alert.observedAt, receivedAt, value: alert.value, ...remarkOf(alert) };
  const muted = alert.state === 'pending' ? undefined : silenceOf(alert, silences, now);
  return [
    { ...event, kind: alert.state },
    ...(muted === undefined
      ? []
      : [{ ...event, kind: 'silenced' as const, at: now, note: muted.reason, by: undefined }]),
  ];
};

/**
 * True where people were notified that the alert fires and not that it has ended. An alert that ends under a silence stays
 * notified until its end is sent.
 */
const isNotifiedAfter = (alert: Alert, isSent: boolean, { silences, now }: NotifyContext): boolean =>
  hasEnded(alert) ? alert.isNotified && silenceOf(alert, silences, now) !== undefined : alert.isNotified || isSent;

/** The rows to be committed for an evaluation: alerts, their history and the messages about them. Pure. */
export const notify = (evaluated: Evaluated, context: NotifyContext): AlertCommit => {
  const changes = changesToNotify(evaluated, context);
  const messages = messagesOf(evaluated, changes, context);
  const people = new Set(context.channels.filter(({ audience }) => audience === 'people').map(({ name }) => name));
  const sent = new Set(messages.filter(({ channel }) => people.has(channel)).map(({ alert }) => alert));
  const alerts = evaluated.alerts.map((alert): Alert => {
    const isNotified = isNotifiedAfter(alert, sent.has(alert.id), context);
    return isNotified === alert.isNotified ? alert : { ...alert, isNotified };
  });
  const steps = evaluated.changes.flatMap((change) => eventsOf(change, context));
  return { alerts, events: [...(evaluated.events ?? []), ...steps], messages };
};
