import type { EntryRun } from './batch.ts';
import type { BatchSource, Interrupted } from './batch-source.ts';
import type { Cursor } from '#storage/operations/storing.ts';
import type { ReaderName } from '#storage/operations/reader-name.ts';
import { type BackOff, backOff } from '#model/base/back-off.ts';
import type { Clock } from '#model/base/clock.ts';
import { milliseconds, minutes, seconds } from '#model/base/duration.ts';
import { type Fault, isOutage } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';

const BETWEEN_TRIES: BackOff = { first: milliseconds(250), longest: seconds(15), mostAsked: minutes(5) };

export interface ReaderLoopDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly source: BatchSource;
  readonly random: () => number;
}

export interface ReaderLoopOptions {
  readonly name: ReaderName;
  readonly start: Cursor;
  /** A range that was begun before the last stop and not finished: it is taken first. */
  readonly interrupted: Interrupted | undefined;
  /** Takes one run of entries through all steps; called again with the same run after an outage. */
  readonly take: (run: EntryRun) => Promise<void>;
}

export interface ReaderOutage {
  readonly fault: Fault;
  readonly since: Instant;
}

/** One of the two readers at work: it takes batch after batch, and waits out outages where it stands. */
export interface ReaderLoop {
  /** Everything up to here is done. */
  cursor(): Cursor;
  /** Fault that holds the reader up; undefined while it makes progress. */
  outage(): ReaderOutage | undefined;
  /** Runs something between two batches, when nothing is half done. */
  between<T>(call: () => Promise<T>): Promise<T>;
  /** Resolves when the loop has ended: after `stop`, or with the bug that ended it. */
  readonly ended: Promise<void>;
  /** Ends the loop behind the batch under way. Safe to call twice. */
  stop(): Promise<void>;
}

export const startReaderLoop = (options: ReaderLoopOptions, deps: ReaderLoopDeps): ReaderLoop => {
  const { clock, log, source, random } = deps;
  const { name, take } = options;
  const stopping = new AbortController();
  let cursor = options.start;
  let { interrupted } = options;
  let outage: ReaderOutage | undefined;
  let heldUpAt = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const between = <T>(call: () => Promise<T>): Promise<T> => {
    const mine = turn.then(call, call);
    turn = mine.catch(() => undefined);
    return mine;
  };

  const tell = (fault: Fault | undefined): void => {
    if (fault !== undefined && outage?.fault.code !== fault.code) {
      log.warn('reader held up', { reader: name, code: fault.code, detail: fault.detail, at: cursor.sequence });
    } else if (fault === undefined && outage !== undefined) {
      log.info('reader goes on', { reader: name, after: `${Math.round(clock.monotonic() - heldUpAt) / 1_000} s` });
    }
    if (outage === undefined) heldUpAt = clock.monotonic();
    outage = fault === undefined ? undefined : { fault, since: outage?.since ?? clock.now() };
  };

  const takeWithPatience = async (entries: EntryRun): Promise<boolean> => {
    for (let failures = 1; !stopping.signal.aborted; failures += 1) {
      try {
        await between(() => take(entries));
        tell(undefined);
        return true;
      } catch (error) {
        if (!isOutage(error)) throw error;
        tell(error);
        await clock.sleep(backOff(BETWEEN_TRIES, failures, error, random), stopping.signal);
      }
    }
    return false;
  };

  const run = async (): Promise<void> => {
    for (;;) {
      const next = await source.next(name, cursor.sequence, stopping.signal, interrupted);
      if (next === undefined || !(await takeWithPatience(next))) return;
      interrupted = undefined;
      cursor = { journal: next.journal, sequence: next.to };
    }
  };

  const ended = run();
  return {
    cursor: () => cursor,
    outage: () => outage,
    between,
    ended,
    stop: async () => {
      stopping.abort();
      await ended.catch(() => undefined);
    },
  };
};
