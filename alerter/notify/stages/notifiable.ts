import { type AlertChange, hasEnded } from '#model/alerts/alert.ts';

/** People hear of what fires, and of the end of what they have heard of; nothing of what only waits for its hold. */
export const notifiable = (changes: readonly AlertChange[]): readonly AlertChange[] => {
  const toldNow = new Set(changes.filter(({ alert }) => alert.state === 'firing').map(({ alert }) => alert.id));
  return changes.filter(
    ({ alert }) => alert.state === 'firing' || (hasEnded(alert) && (alert.isTold || toldNow.has(alert.id))),
  );
};
