import type { Clock, Timer } from '#model/base/clock.ts';
import { type Duration, milliseconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import type { SimulatedTime } from '#firmware-sim/simulated-time.ts';

/** The times at which a device reads its sensors. Its interval may change on the way. */
export interface SendPace {
  start(): void;
  /** Reads once beside the intervals, after the times that are due before. */
  readNow(): void;
  /** From now on; the interval under way starts anew. The same interval changes nothing. */
  readonly change: (every: Duration) => void;
  readonly stop: () => void;
}

export interface PaceDeps {
  readonly clock: Clock;
  readonly time: SimulatedTime;
}

/** While simulated time is faster than real time, a device reads for all intervals that have passed since, this often. */
const FAST_EVERY: Duration = milliseconds(250);
/** Most readings at once. A speed-up at which more are due makes the intervals longer. */
const MOST_AT_ONCE = 60;

/** Times after `before` up to `now`, as far apart as the interval says. */
const timesBetween = (before: Instant, now: Instant, every: Duration): readonly Instant[] => {
  const due = Math.floor((now - before) / every.ms);
  const step = due > MOST_AT_ONCE ? (now - before) / MOST_AT_ONCE : every.ms;
  return Array.from({ length: Math.min(due, MOST_AT_ONCE) }, (_, i) => Math.floor(before + (i + 1) * step));
};

/**
 * Calls back with each time at which a device reads. The interval is one of simulated time: a day that passes in a minute
 * has as many readings as any other day, so that its charts have no gaps.
 */
export const createPace = ({ clock, time }: PaceDeps, first: Duration, read: (at: Instant) => void): SendPace => {
  let every = first;
  let timer: Timer | undefined;
  let isStopped = false;
  let before = time.now();

  const readDue = (now: Instant): void => {
    for (const at of timesBetween(before, now, every)) {
      read(at);
      before = at;
    }
  };
  const readFast = (): void => {
    readDue(time.now());
    if (!time.isFast()) schedule();
  };
  const schedule = (): void => {
    timer?.stop();
    timer = time.isFast() ? clock.every(FAST_EVERY, readFast) : clock.every(every, () => read(time.now()));
  };
  return {
    start: () => {
      if (!isStopped) schedule();
    },
    readNow: () => {
      const now = time.now();
      if (time.isFast()) readDue(now);
      read(now);
      before = now;
    },
    change: (next) => {
      if (next.ms === every.ms) return;
      every = next;
      if (timer !== undefined && !isStopped) schedule();
    },
    stop: () => {
      isStopped = true;
      timer?.stop();
    },
  };
};
