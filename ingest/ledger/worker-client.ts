import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { Arrivals, CountArrivals } from './arrivals.ts';
import type { Clock, Timer } from '#model/base/clock.ts';
import { type Duration, seconds } from '#model/base/duration.ts';
import { Fault, type FaultCode } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';

const PROGRAM = new URL('worker.ts', import.meta.url);
/** Counts are small; a month of ten thousand devices is not. In MiB, as the next. */
const MEMORY = 512;
const YOUNG = 8;
/** A thread takes some 40 MB while it has nothing to do, and a fraction of a second to start. */
const IDLE = seconds(30);

/** Data with which the thread is started. */
export const Work = z.object({ journal: z.string(), socketPath: z.string(), timeoutMs: z.number() });
export const Question = z.object({ id: z.int(), after: z.int(), fromHour: z.int(), toHour: z.int() });

/** Its answers, and its reports of files that it could not read. */
export type Reply =
  | { readonly id: number; readonly arrivals: Arrivals }
  | {
      readonly id: number;
      readonly fault: { readonly code: FaultCode; readonly detail: string; readonly retry: boolean };
    }
  | { readonly where: string; readonly error: string };

export interface LedgerWorkerSettings {
  /** The journal's folder, and the broker's local socket. */
  readonly journal: string;
  readonly socketPath: string;
  readonly timeout: Duration;
  /** MiB that its counts may take; 512 by default. */
  readonly memory?: number;
  /** Time for which it may wait for another question; half a minute by default. */
  readonly idle?: Duration;
  /** Only tests give another than `worker.ts`. */
  readonly program?: URL;
}

/**
 * Counts arrivals in a thread of its own, which asks the broker and reads the journal by itself: the loop of ingest is
 * held by each batch for a while, and an answer that comes by it many times waits each time.
 */
export interface LedgerWorker {
  /**
   * @throws Fault `BROKER_UNREACHABLE` (retry), `SERVICE_BUSY` (retry) when counts outgrow its memory, `SERVICE_STOPPED`
   * (retry) when it is stopped meanwhile; `JOURNAL_UNREADABLE` and other faults of the journal (retry) when that cannot
   * be opened
   */
  readonly count: CountArrivals;
  /** Ends what is under way. Safe to call twice. */
  stop(): Promise<void>;
}

interface WaitingQuestion {
  resolve(arrivals: Arrivals): void;
  reject(why: unknown): void;
}

const stopped = (): Fault => new Fault('SERVICE_STOPPED', 'the count was given up', { retry: true });

/** Whoever asks for too much ends the thread for all who wait: for the others that is an outage. */
const whyEnded = (error: unknown): unknown =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? new Fault('SERVICE_BUSY', 'counts of so many hours outgrow the memory for them; ask for fewer', { retry: true })
    : error;

/** A thread that keeps no process alive. */
const newWorker = (settings: LedgerWorkerSettings): Worker => {
  const { journal, socketPath, timeout, memory = MEMORY, program = PROGRAM } = settings;
  const workerData = { journal, socketPath, timeoutMs: timeout.ms };
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG, maxOldGenerationSizeMb: memory };
  const worker = new Worker(program, { workerData, execArgv: [], resourceLimits });
  worker.unref();
  return worker;
};

/** Starts the thread with the first question, and again with the next when it has died, or was ended for want of work. */
// oxlint-disable-next-line max-lines-per-function -- one call for each message of the thread
export const startLedgerWorker = (
  settings: LedgerWorkerSettings,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): LedgerWorker => {
  const waiting = new Map<number, WaitingQuestion>();
  let thread: Worker | undefined;
  let rest: Timer | undefined;
  let isStopped = false;
  let asked = 0;

  const giveUp = (why: unknown): void => {
    thread = undefined;
    for (const { reject } of waiting.values()) reject(why);
    waiting.clear();
  };

  const end = async (): Promise<void> => {
    const ending = thread;
    rest?.stop();
    giveUp(stopped());
    await ending?.terminate();
  };

  const endIfIdle = (): void => {
    if (waiting.size > 0 || thread === undefined) return;
    log.debug('the ledger is not asked for: its thread is ended');
    void end();
  };

  const take = (reply: Reply): void => {
    if ('where' in reply) {
      log.error('received counts unreadable', { code: 'JOURNAL_DAMAGED', ...reply });
      return;
    }
    const asker = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('arrivals' in reply) asker?.resolve(reply.arrivals);
    else asker?.reject(new Fault(reply.fault.code, reply.fault.detail, { retry: reply.fault.retry }));
    rest?.stop();
    rest = clock.after(settings.idle ?? IDLE, endIfIdle);
  };

  const start = (): Worker => {
    const started = newWorker(settings);
    started.on('message', take);
    // one that was ended before may still say something, and another is at work by then
    const ended = (why: unknown): void => {
      if (thread === started) giveUp(why);
    };
    started.once('error', (error) => ended(whyEnded(error)));
    started.once('exit', () => ended(stopped()));
    return started;
  };

  return {
    count: (after, hours) => {
      if (isStopped) return Promise.reject(stopped());
      thread ??= start();
      asked += 1;
      const id = asked;
      const { promise, resolve, reject } = Promise.withResolvers<Arrivals>();
      waiting.set(id, { resolve, reject });
      thread.postMessage({ id, after, ...hours });
      return promise;
    },
    stop: async () => {
      isStopped = true;
      await end();
    },
  };
};
