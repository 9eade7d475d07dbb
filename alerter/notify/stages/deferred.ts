import { type Alert, type AlertChange, type Evaluated, hasEnded } from '#model/alerts/alert.ts';
import type { NotifyContext } from '#alerter/notify/facts.ts';

/** People know something else than what is: it fires and they were not told, or it has ended and they still believe in it. */
export const isDeferred = (alert: Pick<Alert, 'state' | 'isTold'>): boolean =>
  hasEnded(alert) ? alert.isTold : alert.state === 'firing' && !alert.isTold;

/**
 * The changes of a batch, and what a silence has kept from people: what began to fire under it and still fires, and the
 * end of what they were told before.
 */
export const deferred = ({ changes, alerts }: Evaluated, { now, sequence }: NotifyContext): readonly AlertChange[] => {
  const changed = new Set(changes.map(({ alert }) => alert.id));
  const late = alerts.filter((alert) => isDeferred(alert) && !changed.has(alert.id));
  return [...changes, ...late.map((alert) => ({ alert, receivedAt: now, sequence }))];
};
