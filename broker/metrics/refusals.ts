import type { Clock } from '#model/base/clock.ts';
import type { Log, LogFields } from '#model/base/log.ts';
import { makeQuietTell } from '#model/base/throttled-log.ts';
import type { BrokerCounts, LimitName, RefusalReason } from './counts.ts';

/** Counts what was turned away and tells of it, but lets nobody fill the log: one event owns its counter and its line. */
export type Refuse = (reason: RefusalReason, fields?: LogFields) => void;

/** The same for what was held back or cut down by a limit, and not turned away. */
export type CountLimited = (limit: LimitName, fields?: LogFields) => void;

/** What a connection had sent and nobody served when it was over. */
export interface Rest {
  /** Packets that came whole. */
  readonly whole: number;
  /** Bytes of one that did not. */
  readonly unfinished: number;
}

export interface Sender extends LogFields {
  readonly device?: string | undefined;
}

/** The same for what was dropped because its connection was over, with a line for each device. */
export type Unserved = (rest: Rest, from: Sender) => void;

interface TellDeps {
  readonly counts: BrokerCounts;
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

export const createLimited = ({ counts, ...deps }: TellDeps): CountLimited => {
  const tell = makeQuietTell('limited', deps);
  return (limit, fields = {}) => {
    counts.limited[limit] += 1;
    tell(limit, { limit, ...fields });
  };
};

export const createUnserved = ({ counts, ...deps }: TellDeps): Unserved => {
  const tell = makeQuietTell('unserved', deps);
  return ({ whole, unfinished }, from) => {
    if (whole === 0 && unfinished === 0) return;
    counts.unserved.whole += whole;
    if (unfinished > 0) counts.unserved.unfinished += 1;
    tell(from.device ?? '', { ...from, packets: whole, unfinishedBytes: unfinished });
  };
};
