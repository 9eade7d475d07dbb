import type { Clock, Timer } from '#model/base/clock.ts';
import type { Duration } from '#model/base/duration.ts';

/** Calls back again and again, in spans that may change on the way. */
export interface SendPace {
  start(): void;
  /** From now on; the span under way starts anew. The same span changes nothing. */
  readonly change: (every: Duration) => void;
  readonly stop: () => void;
}

export const createPace = (clock: Clock, first: Duration, call: () => void): SendPace => {
  let every = first;
  let timer: Timer | undefined;
  let isStopped = false;
  const start = (): void => {
    if (isStopped) return;
    timer?.stop();
    timer = clock.every(every, call);
  };
  return {
    start,
    change: (next) => {
      if (next.ms === every.ms) return;
      every = next;
      if (timer !== undefined) start();
    },
    stop: () => {
      isStopped = true;
      timer?.stop();
    },
  };
};
