import type { Duration } from './duration.ts';
import type { Instant } from './instant.ts';

/** Something that was set going and can be ended; ending twice is harmless. */
export interface Timer {
  stop(): void;
}

/**
 * The only source of time and of timers. Every part takes one as an argument, so that a test can turn it by hand
 * (`test/support/clocks/manual-clock.ts`). `Date`, `setTimeout` and their kin are banned elsewhere by the linter.
 */
export interface Clock {
  /** Wall time. May jump when the machine's clock is set. */
  now(): Instant;
  /** Milliseconds of a clock that never jumps: for intervals and latencies. */
  monotonic(): number;
  /** Resolves after the span, or at once when the signal is raised. It never rejects. */
  sleep(span: Duration, signal?: AbortSignal): Promise<void>;
  /** Calls back once after the span. The process does not stay alive for it. */
  after(span: Duration, call: () => void): Timer;
  /** Calls back each time the span has passed. The process does not stay alive for it. */
  every(span: Duration, call: () => void): Timer;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (span, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, span.ms);
      signal?.addEventListener('abort', done, { once: true });
    }),
  after: (span, call) => {
    const timer = setTimeout(call, span.ms).unref();
    return { stop: () => clearTimeout(timer) };
  },
  every: (span, call) => {
    const timer = setInterval(call, span.ms).unref();
    return { stop: () => clearInterval(timer) };
  },
};
