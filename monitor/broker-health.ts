import type { BrokerClient } from '#broker/client/broker-client.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { BrokerHealth } from '#model/base/broker-api.ts';

/** Time that the broker has for its first answer after the start of ingest, because the two are started together. */
export const START_GRACE: Duration = seconds(15);

/** The broker does not answer. */
export interface BrokerDown {
  readonly since: Instant;
  readonly why: string;
  /** True while it has not answered this run of ingest yet and may still be starting: neither an outage nor the end of one. */
  readonly isStarting: boolean;
}

/** The health that the broker reported, or its outage. */
export type BrokerAnswer =
  | { readonly health: BrokerHealth; readonly down: undefined }
  | { readonly health: undefined; readonly down: BrokerDown };

/** Asks the broker for its health once a call, and keeps the time since which it has not answered. */
export const makeBrokerProbe = (
  client: Pick<BrokerClient, 'health' | 'hasAnswered'>,
  clock: Pick<Clock, 'now' | 'monotonic'>,
): (() => Promise<BrokerAnswer>) => {
  const startedAt = clock.monotonic();
  let downSince: Instant | undefined;
  return async () => {
    try {
      const health = await client.health();
      downSince = undefined;
      return { health, down: undefined };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      downSince ??= clock.now();
      const isStarting = !client.hasAnswered() && clock.monotonic() - startedAt < START_GRACE.ms;
      return { health: undefined, down: { since: downSince, why: error.detail, isStarting } };
    }
  };
};
