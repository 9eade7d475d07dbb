import type { Verdict } from '#model/limits/connection-limiter.ts';
import type { Excess } from '#model/limits/allowances.ts';
import type { Clock } from '#model/base/clock.ts';
import type { Log, LogFields } from '#model/base/log.ts';
import { makeQuietTell } from '#model/base/throttled-log.ts';

/** What was turned away, held back or cut short, by the limit's name. */
export type ApiLimit =
  | Verdict
  | Excess
  | 'request-time'
  | 'header-bytes'
  | 'posts-per-device'
  | 'posts'
  | 'post-bytes'
  | 'claims-per-address'
  | 'claims';

/** Counts it and tells of it, but lets nobody fill the log: one event owns its counter and its line. */
export type ApiLimited = (limit: ApiLimit, fields: LogFields) => void;

export const makeApiLimited = (
  metrics: { limited(limit: ApiLimit): void },
  deps: { readonly clock: Clock; readonly log: Log },
): ApiLimited => {
  const tell = makeQuietTell('limited', deps);
  return (limit, fields) => {
    metrics.limited(limit);
    tell(limit, { limit, ...fields });
  };
};
