import { type AlertChange, silenceOf } from '#model/alerts/alert.ts';
import type { NotifyContext } from '#alerter/notify/facts.ts';

/** Takes away what a person has silenced. */
export const silence = (changes: readonly AlertChange[], { silences, now }: NotifyContext): readonly AlertChange[] =>
  changes.filter(({ alert }) => silenceOf(alert, silences, now) === undefined);
