import { after, type TimeSpan } from '#dashboards/console/time/clock.ts';

/** Aborts a request when nothing has come of its answer for some time. */
export interface SilenceLimit {
  readonly signal: AbortSignal;
  /** Begins the time anew. */
  readonly heard: () => void;
  readonly stop: () => void;
}

export const startSilenceLimit = (span: TimeSpan): SilenceLimit => {
  const over = new AbortController();
  const start = (): (() => void) => after(span, () => over.abort());
  let stop = start();
  return {
    signal: over.signal,
    heard: () => {
      stop();
      stop = start();
    },
    stop: () => stop(),
  };
};
