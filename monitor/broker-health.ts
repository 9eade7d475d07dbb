import type { BrokerClient } from '#broker/client/broker-client.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { BrokerHealth } from '#model/base/broker-api.ts';

/** How long after the start of ingest the broker may take to answer for the first time: the two are started together. */
export const START_GRACE: Duration = seconds(15);

/** The broker does not answer. */
export interface BrokerDown {
  readonly since: Instant;
  readonly why: string;
  /** It never answered this run of ingest, and there is still time for it to start: no outage, nor the end of one. */
  readonly isStarting: boolean;
}

/** What the broker said when it was asked, or that it said nothing: one of the two. */
export type BrokerAnswer =
  | { readonly health: BrokerHealth; readonly down: undefined }
  | { readonly health: undefined; readonly down: BrokerDown };

/** Asks the broker for its health; every call is one question, and remembers since when there is no answer. */
export const askingBroker = (
  link: Pick<BrokerClient, 'health' | 'hasAnswered'>,
  clock: Pick<Clock, 'now' | 'monotonic'>,
): (() => Promise<BrokerAnswer>) => {
  const startedAt = clock.monotonic();
  let downSince: Instant | undefined;
  return async () => {
    try {
      const health = await link.health();
      downSince = undefined;
      return { health, down: undefined };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      downSince ??= clock.now();
      const isStarting = !link.hasAnswered() && clock.monotonic() - startedAt < START_GRACE.ms;
      return { health: undefined, down: { since: downSince, why: error.detail, isStarting } };
    }
  };
};
