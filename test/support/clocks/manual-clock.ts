import type { Clock, Timer } from '#model/base/clock.ts';
import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

interface Alarm {
  at: number;
  readonly repeat: number | undefined;
  readonly call: () => void;
}

/** A clock that stands still until a test turns it. */
export interface ManualClock extends Clock {
  /** Moves wall and monotonic time on, calling what falls due on the way in order, and lets promises settle between. */
  advance(span: Duration): Promise<void>;
  /** Sets the wall time alone, as when a machine's clock is corrected; timers do not notice. */
  set(now: Instant): void;
  /** Number of waiting timers and sleepers. */
  waiting(): number;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Starts at 2026-11-24T03:00:00Z unless told otherwise. */
export const manualClock = (start: Instant = 1_795_489_200_000): ManualClock => {
  let elapsed = 0;
  let offset = start;
  const alarms = new Set<Alarm>();

  const arm = (span: Duration, repeat: boolean, call: () => void): Timer => {
    const alarm = { at: elapsed + span.ms, repeat: repeat ? Math.max(1, span.ms) : undefined, call };
    alarms.add(alarm);
    return { stop: () => void alarms.delete(alarm) };
  };

  const nextUntil = (end: number): Alarm | undefined => {
    const due = [...alarms].filter(({ at }) => at <= end);
    return due.reduce<Alarm | undefined>(
      (first, each) => (first === undefined || each.at < first.at ? each : first),
      undefined,
    );
  };

  return {
    now: () => offset + elapsed,
    monotonic: () => elapsed,
    sleep: (span, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const done = (): void => {
          timer.stop();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = arm(span, false, done);
        signal?.addEventListener('abort', done, { once: true });
      }),
    after: (span, call) => arm(span, false, call),
    every: (span, call) => arm(span, true, call),
    advance: async (span) => {
      const end = elapsed + span.ms;
      await settle();
      for (let alarm = nextUntil(end); alarm !== undefined; alarm = nextUntil(end)) {
        elapsed = Math.max(elapsed, alarm.at);
        if (alarm.repeat === undefined) alarms.delete(alarm);
        else alarm.at += alarm.repeat;
        alarm.call();
        await settle();
      }
      elapsed = end;
      await settle();
    },
    set: (now) => {
      offset = now - elapsed;
    },
    waiting: () => alarms.size,
  };
};
