import type { AlertDocument } from '#model/alerts/alert-document.ts';
import type { Instant } from '#model/base/instant.ts';

/** The content of a message, from which a channel renders its text. */
export interface Notice {
  /** The same for every attempt at this message. */
  readonly key: string;
  readonly alert: AlertDocument;
  /** Decimals that the sensor resolves. */
  readonly decimals: number;
  /** Address of the alert in the console. */
  readonly link: string;
  /** True for a test of the channel. */
  readonly isTest: boolean;
  /** Time at which a late message was made; absent for one that is in time. */
  readonly lateSince?: Instant;
}

/** A notice as JSON for programs. */
export const documentOf = ({ key, alert, link, isTest, lateSince }: Notice): string =>
  JSON.stringify({ id: key, test: isTest, late: lateSince !== undefined, link, alert });
