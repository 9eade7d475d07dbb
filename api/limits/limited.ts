import type { ConnectionLimit } from '#model/limits/connection-limiter.ts';
import type { Excess } from '#model/limits/allowances.ts';
import type { Clock } from '#model/base/clock.ts';
import type { Log, LogFields } from '#model/base/log.ts';
import { makeQuietTell } from '#model/base/throttled-log.ts';

/** Names of the limits. */
export type ApiLimit =
  | ConnectionLimit
  | Excess
  | 'request-time'
  | 'header-bytes'
  | 'posts-per-device'
  | 'posts'
  | 'post-bytes'
  | 'claims-per-address'
  | 'claims'
  | 'sign-ins';

/** Counts and logs a limited request. The log is throttled; each limit has one counter and one kind of line. */
export type ApiLimited = (limit: ApiLimit, fields: LogFields) => void;

export const makeApiLimited = (
  metrics: { limited(limit: ApiLimit): void },
  deps: { readonly clock: Clock; readonly log: Log },
): ApiLimited => {
  const write = makeQuietTell('limited', deps);
  return (limit, fields) => {
    metrics.limited(limit);
    write(limit, { limit, ...fields });
  };
};
