/** The thread that counts for the ledger (`worker-client.ts`). */
import { parentPort, workerData } from 'node:worker_threads';
import { type CountArrivals, countingArrivals } from './arrivals.ts';
import { Question, type Reply, Work } from './worker-client.ts';
import { startBrokerClient } from '#broker/client/broker-client.ts';
import { isSystemError } from '#process/files.ts';
import type { ReceivedCounts } from '#journal/journal.ts';
import { openClosedHours } from '#journal/counts/closed-hours.ts';
import { openJournalReader } from '#journal/read/reader.ts';
import { systemClock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';

/** An hour that is over comes back when a clock is set; not again and again. */
const TRIES = 5;

const { journal, socketPath, timeoutMs } = Work.parse(workerData);
const clock = systemClock;
const post = (reply: Reply): void => parentPort?.postMessage(reply);

const link = startBrokerClient({ socketPath, timeout: milliseconds(timeoutMs), maxCalls: 64 }, { clock });
const past = openClosedHours(`${journal}/received`, (where, error) => post({ where, error: String(error) }));

const received = async (fromHour: number, toHour: number): Promise<ReceivedCounts> => {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const counts = await past.complete(await link.received(fromHour, toHour), fromHour, toHour);
    if (counts !== undefined) return counts;
  }
  throw new Fault('BROKER_UNREACHABLE', 'its counts change faster than they are read; ask again', { retry: true });
};

/** A journal that cannot be opened is tried again; the storing reader reports the fault. The thread goes on. */
const asOutage = (error: unknown): unknown => {
  if (error instanceof Fault) return new Fault(error.code, error.detail, { cause: error, retry: true });
  if (!isSystemError(error)) return error;
  const whatToDo = 'see that the user of Klawing may read there, and that the disk works';
  return new Fault('JOURNAL_UNREADABLE', `${error.message}; ${whatToDo}`, { cause: error, retry: true });
};

let opening: Promise<CountArrivals> | undefined;

/** Opens the journal with the first question, and again with the next where that failed. */
const opened = (): Promise<CountArrivals> =>
  (opening ??= openJournalReader(journal, { clock }).then(
    (reader) => countingArrivals({ reader, received }),
    (error: unknown) => {
      opening = undefined;
      throw asOutage(error);
    },
  ));

const answer = async (message: unknown): Promise<void> => {
  const { id, after, fromHour, toHour } = Question.parse(message);
  try {
    const count = await opened();
    post({ id, arrivals: await count(after, { fromHour, toHour }) });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    post({ id, fault: { code: error.code, detail: error.detail, retry: error.retry } });
  }
};

parentPort?.on('message', (message: unknown) => void answer(message));
