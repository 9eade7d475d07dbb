import type { AlertDocument } from '#model/alerts/alert-document.ts';
import type { Instant } from '#model/base/instant.ts';

/** What a channel makes a message of. */
export interface Notice {
  /** The same for every attempt at this message. */
  readonly key: string;
  readonly alert: AlertDocument;
  /** Decimals that the sensor resolves. */
  readonly decimals: number;
  /** Where people find the alert. */
  readonly link: string;
  /** True where somebody only tries the channel. */
  readonly isTest: boolean;
  /** Time at which a late message was made; absent for one that is in time. */
  readonly lateSince?: Instant;
}
