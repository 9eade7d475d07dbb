import { type AlertChange, hasEnded } from '#model/alerts/alert.ts';

/** People are notified of alerts that fire, and of the end of alerts that they were notified of; not of pending ones. */
export const notifiable = (changes: readonly AlertChange[]): readonly AlertChange[] => {
  const firingNow = new Set(changes.filter(({ alert }) => alert.state === 'firing').map(({ alert }) => alert.id));
  return changes.filter(
    ({ alert }) => alert.state === 'firing' || (hasEnded(alert) && (alert.isNotified || firingNow.has(alert.id))),
  );
};
