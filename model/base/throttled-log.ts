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

/** Lines of one event at one level in a window. An error that repeats is told often enough by them. */
const LINES = 20;

interface EventLines {
  readonly until: number;
  lines: number;
  silent: number;
}

/**
 * A log in which no event fills the disk: in each window, further lines of the same event are left out, and the next line says how many.
 * @param unbound events of which every line counts
 */
export const boundLog = (
  log: Log,
  { clock, unbound }: { readonly clock: Pick<Clock, 'monotonic'>; readonly unbound: ReadonlySet<string> },
): Log => {
  const at = (level: 'info' | 'warn' | 'error'): Log['info'] => {
    const events = new Map<string, EventLines>();

    return (event, fields = {}) => {
      const now = clock.monotonic();
      const known = events.get(event);
      const isOver = known === undefined || now >= known.until;
      const current = isOver ? { until: now + QUIET.ms, lines: 0, silent: 0 } : known;
      if (isOver) events.set(event, current);
      current.lines += 1;
      if (current.lines > LINES && !unbound.has(event)) {
        current.silent += 1;
        return;
      }
      const silent = isOver ? (known?.silent ?? 0) : 0;
      log[level](event, silent === 0 ? fields : { ...fields, unreported: silent });
    };
  };
  return { debug: (event, fields) => log.debug(event, fields), info: at('info'), warn: at('warn'), error: at('error') };
};
