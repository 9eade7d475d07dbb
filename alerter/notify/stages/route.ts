import type { AlertChange } from '#model/alerts/alert.ts';
import { type Addressee, audienceOf } from '#alerter/notify/audience.ts';
import type { NotifyContext } from '#alerter/notify/facts.ts';

/** A change with the one whom it is for. */
export interface Addressed extends Addressee {
  readonly change: AlertChange;
}

/** To whom of the people each change goes. */
export const route = (changes: readonly AlertChange[], { channels }: NotifyContext): readonly Addressed[] =>
  changes.flatMap((change) => audienceOf(change.alert, channels).map((addressee) => ({ change, ...addressee })));
