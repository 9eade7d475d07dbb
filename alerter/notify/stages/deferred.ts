import { type Alert, type AlertChange, type Evaluated, hasEnded } from '#model/alerts/alert.ts';
import type { NotifyContext } from '#alerter/notify/context.ts';

/** True where people have to be notified yet: the alert fires and they were not notified, or it has ended and they were notified that it fires. */
export const isDeferred = (alert: Pick<Alert, 'state' | 'isNotified'>): boolean =>
  hasEnded(alert) ? alert.isNotified : alert.state === 'firing' && !alert.isNotified;

/**
 * The changes of a batch with the notifications that a silence has deferred: alerts that began to fire under it and still
 * fire, and ends of alerts that people were notified of before.
 */
export const deferred = ({ changes, alerts }: Evaluated, { now, sequence }: NotifyContext): readonly AlertChange[] => {
  const changed = new Set(changes.map(({ alert }) => alert.id));
  const late = alerts.filter((alert) => isDeferred(alert) && !changed.has(alert.id));
  return [...changes, ...late.map((alert) => ({ alert, receivedAt: now, sequence }))];
};
