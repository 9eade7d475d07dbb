import { WAIT } from './limits.ts';

const PAUSE_MS = 10;

/**
 * Tries again and again, on real time, until the call returns without throwing, and gives what it returned. After `WAIT`
 * the last error is thrown. For `expect` inside, as in `await eventually(() => expect(…)…)`.
 */
export const eventually = async <T>(attempt: () => T | Promise<T>): Promise<T> => {
  const until = performance.now() + WAIT.ms;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() >= until) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
};
