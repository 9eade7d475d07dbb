import { type AlertChange, silenceOf } from '#model/alerts/alert.ts';
import type { NotifyContext } from '#alerter/notify/context.ts';

/** Removes changes that a silence mutes. */
export const silence = (changes: readonly AlertChange[], { silences, now }: NotifyContext): readonly AlertChange[] =>
  changes.filter(({ alert }) => silenceOf(alert, silences, now) === undefined);
