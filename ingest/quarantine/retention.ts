import type { Operations } from '#storage/operations/operations.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, hours, minutes } from '#model/base/duration.ts';
import { isOutage } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';
import { type Periodic, startPeriodic } from '#model/base/periodic.ts';

export interface RetentionSettings {
  /** Time for which a packet stays visible after it was replayed or discarded. */
  readonly keepClosed: Duration;
}

const EVERY: Duration = hours(1);
/** While the database does not take it. */
const LATER: Duration = minutes(1);
/** Packets of one transaction: nobody waits long behind it. */
const AT_ONCE = 200;

interface RetentionDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly operations: Pick<Operations, 'purgeQuarantine'>;
}

/**
 * Removes packets that were closed long ago with what was done about them, now and once an hour, and says so in the log;
 * the counts in the ledger stay. Open ones stay until somebody replays or discards them.
 */
export const startRetention = (
  { keepClosed }: RetentionSettings,
  { clock, log, operations }: RetentionDeps,
): Periodic =>
  startPeriodic(clock, async () => {
    try {
      const removed = await operations.purgeQuarantine(clock.now() - keepClosed.ms, AT_ONCE);
      if (removed > 0) {
        log.info('packets of the quarantine removed', { by: 'retention', packets: removed, keptMs: keepClosed.ms });
      }
      return removed < AT_ONCE ? EVERY : undefined;
    } catch (error) {
      if (!isOutage(error)) throw error;
      log.warn('closed packets stay in quarantine for now', { code: error.code, detail: error.detail });
      return LATER;
    }
  });
