import type { AlertChange } from '#model/alerts/alert.ts';
import { type Addressee, audienceOf } from '#alerter/notify/audience.ts';
import type { Facts } from '#alerter/notify/facts.ts';

/** A change with the one whom it is for. */
export interface Addressed extends Addressee {
  readonly change: AlertChange;
}

/** To whom of the people each change goes. */
export const choose = (changes: readonly AlertChange[], { channels }: Facts): readonly Addressed[] =>
  changes.flatMap((change) => audienceOf(change.alert, channels).map((addressee) => ({ change, ...addressee })));
