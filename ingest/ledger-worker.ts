/** The thread that counts for the ledger (`ledger-thread.ts`). */
import { parentPort, workerData } from 'node:worker_threads';
import { countingArrivals } from './ledger/arrivals.ts';
import { Question, type Reply, Work } from './ledger-thread.ts';
import { startBrokerLink } from './receive/broker-link.ts';
import type { ReceivedCounts } from '#journal/journal.ts';
import { openPastHours } from '#journal/past-hours.ts';
import { openJournalReader } from '#journal/reader.ts';
import { systemClock } from '#model/clock.ts';
import { milliseconds } from '#model/duration.ts';
import { Fault } from '#model/fault.ts';

/** An hour that is over comes back when a clock is set; not again and again. */
const TRIES = 5;

const { journal, socketPath, timeoutMs } = Work.parse(workerData);
const clock = systemClock;
const post = (reply: Reply): void => parentPort?.postMessage(reply);

const link = startBrokerLink({ socketPath, timeout: milliseconds(timeoutMs), maxCalls: 64 }, { clock });
const reader = await openJournalReader(journal, { clock });
const past = openPastHours(`${journal}/received`, (where, error) => post({ where, error: String(error) }));

const received = async (fromHour: number, toHour: number): Promise<ReceivedCounts> => {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const counts = await past.complete(await link.received(fromHour, toHour), fromHour, toHour);
    if (counts !== undefined) return counts;
  }
  throw new Fault('BROKER_UNREACHABLE', 'its counts change faster than they are read; ask again', { retry: true });
};

const count = countingArrivals({ reader, received });

const answer = async (message: unknown): Promise<void> => {
  const { id, after, fromHour, toHour } = Question.parse(message);
  try {
    post({ id, arrivals: await count(after, { fromHour, toHour }) });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    post({ id, fault: { code: error.code, detail: error.detail, retry: error.retry } });
  }
};

parentPort?.on('message', (message: unknown) => void answer(message));
