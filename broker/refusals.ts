import type { Clock } from '#model/clock.ts';
import { seconds } from '#model/duration.ts';
import type { Log, LogFields } from '#model/log.ts';
import type { Counts, RefusalReason } from './counts.ts';

/** One line of each reason in this span; the next one says how many were left out. */
const QUIET = seconds(10);

/** Counts what was turned away and tells of it, but lets nobody fill the log: one event owns its counter and its line. */
export type Refuse = (reason: RefusalReason, fields?: LogFields) => void;

export const createRefuse = (deps: { readonly counts: Counts; readonly clock: Clock; readonly log: Log }): Refuse => {
  const told = new Map<RefusalReason, { until: number; silent: number }>();

  return (reason, fields = {}) => {
    deps.counts.refused[reason] += 1;
    const now = deps.clock.monotonic();
    const last = told.get(reason);
    if (last !== undefined && now < last.until) {
      last.silent += 1;
      return;
    }
    told.set(reason, { until: now + QUIET.ms, silent: 0 });
    deps.log.warn('refused', { reason, ...fields, ...(last === undefined ? {} : { unreported: last.silent }) });
  };
};
