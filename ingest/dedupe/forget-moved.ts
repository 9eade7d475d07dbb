import type { StoringRows } from '#storage/operations/storing.ts';
import type { JournalReader } from '#journal/journal.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, hours, minutes } from '#model/base/duration.ts';
import { isOutage } from '#model/base/fault.ts';
import { type Periodic, startPeriodic } from '#model/base/periodic.ts';

const EVERY: Duration = hours(1);
/** While the database does not take it. */
const LATER: Duration = minutes(1);

export interface ForgetMovedDeps {
  readonly clock: Clock;
  readonly reader: Pick<JournalReader, 'id' | 'first'>;
  readonly operations: Pick<StoringRows, 'forgetMoved'>;
}

/**
 * Forgets at which other time readings are stored once the journal has trimmed their packets: only a raw replay asks for it.
 * Now and once an hour.
 */
export const startForgettingMoved = ({ clock, reader, operations }: ForgetMovedDeps): Periodic =>
  startPeriodic(clock, async () => {
    // the readers report a journal that cannot be listed
    const first = await reader.first().catch(() => undefined);
    if (first === undefined) return LATER;
    try {
      await operations.forgetMoved(reader.id, first);
      return EVERY;
    } catch (error) {
      if (!isOutage(error)) throw error;
      return LATER;
    }
  });
