/** Callers that wait until the journal has grown. */
export interface Growth {
  /** Resolves once an entry behind this one is published, or when the signal is raised. */
  beyond(after: number, signal: AbortSignal): Promise<void>;
  /** Called with the newest published entry. */
  reached(last: number): void;
}

export const createGrowth = (): Growth => {
  const waiting = new Map<() => void, number>();
  let newest = 0;
  return {
    beyond: (after, signal) =>
      new Promise((resolve) => {
        if (newest > after || signal.aborted) {
          resolve();
          return;
        }
        const done = (): void => {
          waiting.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        waiting.set(done, after);
        signal.addEventListener('abort', done);
      }),
    reached: (last) => {
      newest = last;
      for (const [done, after] of waiting) if (last > after) done();
    },
  };
};
