import type { WatchRows } from '#ingest/operations/operations.ts';
import { type Now, latestKey } from './observe.ts';

/** What was known when the last batch was committed. */
export const recallNow = (operations: WatchRows): Now => ({
  latest: new Map(operations.latest().map((value) => [latestKey(value), value])),
  presence: new Map(operations.presence()),
  seen: new Map(operations.lastSeen()),
});
