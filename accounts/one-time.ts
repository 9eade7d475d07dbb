import type { Clock } from '#model/base/clock.ts';
import { minutes } from '#model/base/duration.ts';

/** Time in which a person answers a question of the browser, or signs in at another service. */
export const ONE_TIME_VALID = minutes(10);

/** Most values that are remembered; the oldest is dropped. */
const REMEMBERED = 10_000;

/** Values that are given once, within ten minutes. A restart forgets them: the person begins again. */
export interface OneTime<T> {
  put(key: string, value: T): void;
  /** Undefined where the key is unknown, used or too old. */
  take(key: string): T | undefined;
}

export const makeOneTime = <T>(clock: Pick<Clock, 'monotonic'>): OneTime<T> => {
  const kept = new Map<string, { readonly value: T; readonly until: number }>();
  return {
    put: (key, value) => {
      kept.set(key, { value, until: clock.monotonic() + ONE_TIME_VALID.ms });
      const [oldest] = kept.keys();
      if (kept.size > REMEMBERED && oldest !== undefined) kept.delete(oldest);
    },
    take: (key) => {
      const found = kept.get(key);
      kept.delete(key);
      return found !== undefined && clock.monotonic() < found.until ? found.value : undefined;
    },
  };
};
