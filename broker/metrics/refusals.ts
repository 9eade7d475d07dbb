import type { Clock } from '#model/base/clock.ts';
import type { Log, LogFields } from '#model/base/log.ts';
import { makeQuietTell } from '#model/base/throttled-log.ts';
import type { BrokerCounts, LimitName, RefusalReason } from './counts.ts';
import type { ClientFacts, NoteRefusal } from './noted-refusals.ts';

/** Counts, notes and logs a refusal. The log is throttled, so that a client cannot fill it. */
export type Refuse = (reason: RefusalReason, fields?: ClientFacts) => void;

/** Counts and logs a request that a limit delayed or reduced. */
export type CountLimited = (limit: LimitName, fields?: ClientFacts) => void;

/** Data of a connection that was not handled when it ended. */
export interface UnservedData {
  /** Number of complete packets. */
  readonly whole: number;
  /** Bytes of an unfinished packet. */
  readonly unfinished: number;
}

export interface Sender extends LogFields {
  readonly device?: string | undefined;
}

/** Counts and logs data that was dropped because its connection had ended, with a log line for each device. */
export type ReportUnserved = (data: UnservedData, from: Sender) => void;

interface ReportDeps {
  readonly counts: BrokerCounts;
  readonly clock: Clock;
  readonly log: Log;
  readonly note: NoteRefusal;
}

export const createRefuse = ({ counts, note, ...deps }: ReportDeps): Refuse => {
  const report = makeQuietTell('refused', deps);
  return (reason, fields = {}) => {
    counts.refused[reason] += 1;
    note(reason, fields);
    report(reason, { reason, ...fields });
  };
};

export const createLimited = ({ counts, note, ...deps }: ReportDeps): CountLimited => {
  const report = makeQuietTell('limited', deps);
  return (limit, fields = {}) => {
    counts.limited[limit] += 1;
    note(limit, fields);
    report(limit, { limit, ...fields });
  };
};

export const createUnserved = ({ counts, ...deps }: Omit<ReportDeps, 'note'>): ReportUnserved => {
  const report = makeQuietTell('unserved', deps);
  return ({ whole, unfinished }, from) => {
    if (whole === 0 && unfinished === 0) return;
    counts.unserved.whole += whole;
    if (unfinished > 0) counts.unserved.unfinished += 1;
    report(from.device ?? '', { ...from, packets: whole, unfinishedBytes: unfinished });
  };
};
