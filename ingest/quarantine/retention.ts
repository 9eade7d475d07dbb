import type { Operations } from '#ingest/operations/operations.ts';
import type { Clock } from '#model/clock.ts';
import { type Duration, hours } from '#model/duration.ts';

export interface RetentionSettings {
  /** How long a packet that was replayed or discarded stays to be looked at. */
  readonly keepClosed: Duration;
}

const EVERY: Duration = hours(1);
/** Packets of one transaction: nobody waits long behind it. */
const AT_ONCE = 200;

/**
 * Removes packets that were closed long ago, now and once an hour; the counts in the ledger stay. Open ones stay until
 * somebody replays or discards them.
 */
export const startRetention = (
  { keepClosed }: RetentionSettings,
  { clock, operations }: { readonly clock: Clock; readonly operations: Pick<Operations, 'purgeQuarantine'> },
): { readonly ended: Promise<void>; stop(): Promise<void> } => {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const removed = await operations.purgeQuarantine(clock.now() - keepClosed.ms, AT_ONCE);
      if (removed < AT_ONCE) await clock.sleep(EVERY, stopping.signal);
    }
  };
  const ended = run();
  return {
    ended,
    stop: async () => {
      stopping.abort();
      await ended.catch(() => undefined);
    },
  };
};
