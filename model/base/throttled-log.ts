import type { Clock } from './clock.ts';
import { seconds } from './duration.ts';
import type { Log, LogFields } from './log.ts';

/** One line of each name in this span; the next one says how many were left out. */
const QUIET = seconds(10);

/** Tells of what strangers can cause as often as they like, and lets nobody fill the log. @param name one of few */
export type QuietTell = (name: string, fields: LogFields) => void;

export const makeQuietTell = (
  event: string,
  { clock, log }: { readonly clock: Pick<Clock, 'monotonic'>; readonly log: Pick<Log, 'warn'> },
): QuietTell => {
  const told = new Map<string, { until: number; silent: number }>();

  return (name, fields) => {
    const now = clock.monotonic();
    const last = told.get(name);
    if (last !== undefined && now < last.until) {
      last.silent += 1;
      return;
    }
    told.set(name, { until: now + QUIET.ms, silent: 0 });
    log.warn(event, { ...fields, ...(last === undefined ? {} : { unreported: last.silent }) });
  };
};
