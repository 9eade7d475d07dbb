import type { CursorFile } from './cursor-file.ts';
import { type Interrupted, makeBatchSource } from './batch-source.ts';
import type { Cursor, OpenIntent } from '#storage/operations/storing.ts';
import type { ReaderName } from '#storage/operations/reader-name.ts';
import type { Operations } from '#storage/operations/operations.ts';
import { type AlertingSteps, type ReadSteps, type StoringSteps, alertOnRun, storeRun } from './pipeline.ts';
import { makeReadSteps } from './read-steps.ts';
import { type ReaderLoop, startReaderLoop } from './reader-loop.ts';
import type { DamagedRange, JournalReader } from '#journal/journal.ts';
import type { Clock } from '#model/base/clock.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';

export interface ReadersDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly reader: JournalReader;
  readonly operations: Operations;
  readonly cursorFile: CursorFile;
  readonly storingSteps: Omit<StoringSteps, keyof ReadSteps>;
  readonly alertingSteps: Omit<AlertingSteps, keyof ReadSteps>;
  readonly onDamaged: (range: DamagedRange) => void;
  /** Waits until the journal may have entries behind this one. */
  readonly untilGrown: (after: number, signal: AbortSignal) => Promise<void>;
  /** Tells the broker how far the slower reader is, so that the journal can be trimmed. */
  readonly passed: (journal: string, sequence: number) => Promise<void>;
}

/** The storing and the alerting reader at work on one journal. */
export interface Readers {
  readonly storing: ReaderLoop;
  readonly alerting: ReaderLoop;
  /** Runs a call while the positions of the readers are not reported to the journal, so that it trims nothing. */
  untrimmed<T>(call: () => Promise<T>): Promise<T>;
  /** Rejects with what ended one of them, or makes going on a loss; resolves after `stop`. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const TELL_EVERY = seconds(1);
/** Time between two questions to a broker that is away: nothing is journaled meanwhile. */
const BROKER_AWAY = milliseconds(100);

/**
 * Where a reader goes on.
 * @throws Fault `JOURNAL_FOREIGN` when the cursor belongs to a journal that is not there any more
 */
const startOf = (name: ReaderName, operations: Operations, reader: JournalReader): Cursor => {
  const cursor = operations.cursor(name);
  if (cursor === undefined) return { journal: reader.id, sequence: 0 };
  if (cursor.journal === reader.id) return cursor;
  throw new Fault(
    'JOURNAL_FOREIGN',
    `${name} stands at entry ${cursor.sequence} of journal ${cursor.journal}, the folder holds ${reader.id}; ` +
      'put the journal folder back, or restore a backup of the whole data folder',
  );
};

const interruptedAt = (intent: OpenIntent | undefined, start: Cursor): Interrupted | undefined =>
  intent !== undefined && intent.journal === start.journal && intent.from === start.sequence + 1 ? intent : undefined;

// oxlint-disable-next-line max-lines-per-function -- the two readers over one source
export const startReaders = (deps: ReadersDeps): Readers => {
  const { clock, log, random, reader, operations, cursorFile, untilGrown, passed } = deps;
  cursorFile.check(reader.id, (name) => operations.cursor(name));
  const source = makeBatchSource({
    reader,
    untilGrown: (after, signal) => untilGrown(after, signal).catch(() => clock.sleep(BROKER_AWAY, signal)),
    clock,
    registry: () => operations.registry(),
    onDamaged: deps.onDamaged,
  });
  const readSteps = makeReadSteps();
  const storingSteps = { ...readSteps, ...deps.storingSteps };
  const alertingSteps = { ...readSteps, ...deps.alertingSteps };
  const storingStart = startOf('storing', operations, reader);
  const storing = startReaderLoop(
    {
      name: 'storing',
      start: storingStart,
      interrupted: interruptedAt(operations.intent(), storingStart),
      take: (run) => storeRun(run, storingSteps),
    },
    { clock, log, source, random },
  );
  const alerting = startReaderLoop(
    {
      name: 'alerting',
      start: startOf('alerting', operations, reader),
      interrupted: undefined,
      take: (run) => alertOnRun(run, alertingSteps),
    },
    { clock, log, source, random },
  );

  const foreign = Promise.withResolvers<never>();
  foreign.promise.catch(() => undefined);
  // reported again without a change: a restarted broker does not know the positions, and its journal may be full
  let isNoted = true;
  const note = (): void => {
    try {
      cursorFile.note({ storing: storing.cursor(), alerting: alerting.cursor() });
      isNoted = true;
    } catch (error) {
      // a full disk keeps nobody from reading on; what was noted before still holds
      if (isNoted) log.warn('cursors not noted', { error });
      isNoted = false;
    }
  };

  let unreported = 0;
  const telling = clock.every(TELL_EVERY, () => {
    note();
    if (unreported > 0) return;
    const slower = Math.min(storing.cursor().sequence, alerting.cursor().sequence);
    passed(reader.id, slower).catch((error: unknown) => {
      // entries taken in from now on would lie behind the cursors, and no reader would reach them
      if (error instanceof Fault && error.code === 'JOURNAL_FOREIGN') foreign.reject(error);
      else log.debug('positions of the readers not reported to the broker', { error: String(error) });
    });
  });

  return {
    storing,
    alerting,
    untrimmed: async (call) => {
      unreported += 1;
      try {
        return await call();
      } finally {
        unreported -= 1;
      }
    },
    ended: Promise.race([Promise.all([storing.ended, alerting.ended]), foreign.promise]).then(() => undefined),
    stop: async () => {
      telling.stop();
      await Promise.all([storing.stop(), alerting.stop()]);
      note();
      cursorFile.stop();
    },
  };
};
