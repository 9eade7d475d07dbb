import type { Clock } from '#model/clock.ts';
import type { Log, LogFields } from '#model/log.ts';
import { makeQuietTell } from '#model/quiet-tell.ts';
import type { Counts, LimitName, RefusalReason } from './counts.ts';

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
  const tell = makeQuietTell('refused', deps);
  return (reason, fields = {}) => {
    counts.refused[reason] += 1;
    tell(reason, { reason, ...fields });
  };
};

export const createLimited = ({ counts, ...deps }: TellDeps): Limited => {
  const tell = makeQuietTell('limited', deps);
  return (limit, fields = {}) => {
    counts.limited[limit] += 1;
    tell(limit, { limit, ...fields });
  };
};
