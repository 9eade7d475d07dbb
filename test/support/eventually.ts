import { seconds, type Duration } from '#model/base/duration.ts';

const PAUSE_MS = 10;

/**
 * Tries again and again, on real time, until the call returns without throwing, and gives what it returned. When the
 * bound has passed, the last error is thrown. For `expect` inside, as in `await eventually(() => expect(…)…)`.
 */
export const eventually = async <T>(attempt: () => T | Promise<T>, within: Duration = seconds(15)): Promise<T> => {
  const until = performance.now() + within.ms;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() >= until) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
};
