import type { LedgerRows } from '#storage/operations/ledger.ts';
import type { Store } from './store.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, hours, minutes, seconds } from '#model/base/duration.ts';
import { isOutage } from '#model/base/fault.ts';
import { hourOf, type Instant, startOfHour } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';
import { type Periodic, startPeriodic } from '#model/base/periodic.ts';

/** Between two looks at whether something has become too old. */
const EVERY: Duration = hours(1);
/** Pause between two steps, in which batches and queries run. */
const PAUSE: Duration = seconds(1);
/** Pause while the storing reader is behind, or the store is away. */
const LATER: Duration = minutes(1);
/** Kept longer than was asked for, so that what is being counted is not removed meanwhile. */
const LEEWAY: Duration = hours(3);

/** From when on the store must still hold every reading; from ever where nothing is removed. */
export const keptFrom = (retention: Duration | undefined, clock: Pick<Clock, 'now'>) => (): Instant =>
  retention === undefined ? Number.NEGATIVE_INFINITY : startOfHour(hourOf(clock.now() - retention.ms) + 1);

export interface StoreRetentionDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<Store, 'forget' | 'name'>;
  /** Called before rows are deleted: the ledger then expects fewer. */
  readonly operations: Pick<LedgerRows, 'noteForgotten'>;
  /** Whether the storing reader is idle. */
  readonly isQuiet: () => boolean;
}

/**
 * Removes readings that were observed before the retention began, a step at a time, now and once an hour. Does nothing
 * without a retention, or where a server keeps the readings and removes them by itself.
 */
export const startStoreRetention = (
  retention: Duration | undefined,
  { clock, log, store, operations, isQuiet }: StoreRetentionDeps,
): Periodic =>
  startPeriodic(clock, async (signal) => {
    if (retention === undefined || store.forget === undefined) return EVERY;
    if (!isQuiet()) return LATER;
    const before = startOfHour(hourOf(clock.now() - retention.ms - LEEWAY.ms));
    try {
      await operations.noteForgotten(store.name, before);
      const removed = await store.forget(before, signal);
      if (removed === 0) return EVERY;
      log.info('old readings removed', { rows: removed });
      return PAUSE;
    } catch (error) {
      if (!isOutage(error)) throw error;
      return LATER;
    }
  });
