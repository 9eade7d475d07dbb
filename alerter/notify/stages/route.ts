import type { AlertChange } from '#model/alerts/alert.ts';
import { type Addressee, audienceOf } from '#alerter/notify/audience.ts';
import type { NotifyContext } from '#alerter/notify/context.ts';

/** A change with one recipient. */
export interface Addressed extends Addressee {
  readonly change: AlertChange;
}

/** The changes for people, once for each recipient. */
export const route = (changes: readonly AlertChange[], { channels }: NotifyContext): readonly Addressed[] =>
  changes.flatMap((change) => audienceOf(change.alert, channels).map((addressee) => ({ change, ...addressee })));
