import type { WatchSteps } from './pipeline.ts';
import type { LatestValue, WatchRows } from './operations/operations.ts';
import { recallNow } from './watch/now.ts';
import { observe, remember } from './watch/observe.ts';

export interface WatchDeps {
  readonly operations: WatchRows;
  /** Told the newest values of a batch, once they are committed. */
  readonly onLatest: (values: readonly LatestValue[]) => void;
}

/** The steps of watch, wired to the operations database. */
export const watchSteps = ({ operations, onLatest }: WatchDeps): WatchSteps => {
  const now = recallNow(operations);
  return {
    observe: (batch) => observe(batch.entries, batch.settled, now),
    record: async ({ journal, to }, change) => {
      await operations.watched({ cursor: { journal, sequence: to }, ...change });
      remember(change, now);
      onLatest(change.latest);
    },
  };
};
