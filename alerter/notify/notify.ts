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
import type { NotifyContext } from './facts.ts';
import { route } from './stages/route.ts';
import { publishState } from './stages/publish-state.ts';
import { deferred } from './stages/deferred.ts';
import { render } from './stages/render.ts';
import { silence } from './stages/silence.ts';
import { notifiable } from './stages/notifiable.ts';

/** What is told to people. A stage that mutes, gathers or repeats is one more line here. */
const told = (evaluated: Evaluated, facts: NotifyContext): readonly AlertChange[] =>
  notifiable(silence(deferred(evaluated, facts), facts));

/** To whom, and in which words; and the states as they are, to whatever shows them. */
const messages = (evaluated: Evaluated, changes: readonly AlertChange[], facts: NotifyContext) =>
  render([...route(changes, facts), ...publishState(evaluated, facts)], facts);

/** What the history says of a step besides its kind. */
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

/** Whether people believe after this that it fires. Only a silence leaves them in the belief when it is over. */
const isBelieved = (alert: Alert, isToldNow: boolean, { silences, now }: NotifyContext): boolean =>
  hasEnded(alert) ? alert.isTold && silenceOf(alert, silences, now) !== undefined : alert.isTold || isToldNow;

/** What has to be committed of an evaluation: alerts, their history and the messages about them. Pure. */
export const notify = (evaluated: Evaluated, facts: NotifyContext): AlertCommit => {
  const changes = told(evaluated, facts);
  const outgoing = messages(evaluated, changes, facts);
  const people = new Set(facts.channels.filter(({ audience }) => audience === 'people').map(({ name }) => name));
  const nowTold = new Set(outgoing.filter(({ channel }) => people.has(channel)).map(({ alert }) => alert));
  const alerts = evaluated.alerts.map((alert): Alert => {
    const isTold = isBelieved(alert, nowTold.has(alert.id), facts);
    return isTold === alert.isTold ? alert : { ...alert, isTold };
  });
  const steps = evaluated.changes.flatMap((change) => eventsOf(change, facts));
  return { alerts, events: [...(evaluated.events ?? []), ...steps], messages: outgoing };
};
