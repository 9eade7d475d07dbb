import type { Clock } from '#model/clock.ts';
import { seconds } from '#model/duration.ts';
import type { Log, LogFields } from '#model/log.ts';
import type { Counts, LimitName, RefusalReason } from './counts.ts';

/** One line of each reason in this span; the next one says how many were left out. */
const QUIET = seconds(10);

/** Counts what was turned away and tells of it, but lets nobody fill the log: one event owns its counter and its line. */
export type Refuse = (reason: RefusalReason, fields?: LogFields) => void;

/** The same for what was held back or cut down by a limit, and not turned away. */
export type Limited = (limit: LimitName, fields?: LogFields) => void;

interface TellDeps {
  readonly counts: Counts;
  readonly clock: Clock;
  readonly log: Log;
}

export const createRefuse = ({ counts, ...deps }: TellDeps): Refuse => {
  const tell = createTell('refused', deps);
  return (reason, fields = {}) => {
    counts.refused[reason] += 1;
    tell(reason, { reason, ...fields });
  };
};

export const createLimited = ({ counts, ...deps }: TellDeps): Limited => {
  const tell = createTell('limited', deps);
  return (limit, fields = {}) => {
    counts.limited[limit] += 1;
    tell(limit, { limit, ...fields });
  };
};

const createTell = (event: string, { clock, log }: Omit<TellDeps, 'counts'>) => {
  const told = new Map<string, { until: number; silent: number }>();

  return (name: string, fields: LogFields): void => {
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
