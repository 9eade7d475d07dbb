import type { Clock } from './clock.ts';
import type { Duration } from './duration.ts';

/** Work that goes on by itself until it is stopped. */
export interface Periodic {
  /** Rejects with the bug that ended it; resolves after `stop`. */
  readonly ended: Promise<void>;
  /** Waits for the step under way. Safe to call twice. */
  stop(): Promise<void>;
}

/** Does a step now, and again after as long as it says; undefined is at once. */
export const startPeriodic = (clock: Clock, step: (signal: AbortSignal) => Promise<Duration | undefined>): Periodic => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const pause = await step(signal);
      if (pause !== undefined) await clock.sleep(pause, signal);
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
