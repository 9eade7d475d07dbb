import type { AlertChange, Evaluated } from '#model/alert.ts';
import type { Facts } from '#alerter/notify/facts.ts';

/**
 * The changes of a batch, and what was not told yet: an alert that began to fire under a silence and still fires is
 * told with its next reading after the silence.
 */
export const overdue = ({ changes, alerts }: Evaluated, { now, sequence }: Facts): readonly AlertChange[] => {
  const changed = new Set(changes.map(({ alert }) => alert.id));
  const late = alerts.filter(({ id, state, isTold }) => state === 'firing' && !isTold && !changed.has(id));
  return [...changes, ...late.map((alert) => ({ alert, receivedAt: now, sequence }))];
};
