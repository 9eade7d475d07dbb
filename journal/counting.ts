import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { Fault } from '#model/fault.ts';
import type { ReceivedCount } from './journal.ts';
import type { Stint } from './tally.ts';

const PROGRAM = new URL('count-worker.ts', import.meta.url);

/** What the thread answers; a trimmed journal is the one failure that its caller can do something about. */
const Answer = z.union([
  z.object({ counts: z.array(z.object({ sender: z.string(), hour: z.int(), count: z.int() })) }),
  z.object({ trimmed: z.string() }),
]);

/** Counts in a thread of its own, for a stretch that would take a busy event loop many turns. */
export interface Counting {
  /** @throws Fault `JOURNAL_TRIMMED`, `SERVICE_STOPPED` (retry) when it is stopped meanwhile */
  count(stint: Stint): Promise<readonly ReceivedCount[]>;
  /** Ends what is under way. Safe to call twice. */
  stop(): Promise<void>;
}

const readAnswer = (message: unknown): readonly ReceivedCount[] => {
  const answer = Answer.parse(message);
  if ('trimmed' in answer) throw new Fault('JOURNAL_TRIMMED', answer.trimmed);
  return answer.counts;
};

/** Starts nothing yet: a thread lives as long as one count. */
export const startCounting = (): Counting => {
  const threads = new Set<Worker>();
  return {
    count: (stint) =>
      new Promise((resolve, reject) => {
        const thread = new Worker(PROGRAM, { workerData: stint });
        threads.add(thread);
        thread.once('message', (message: unknown) => {
          try {
            resolve(readAnswer(message));
          } catch (error) {
            reject(error);
          }
        });
        thread.once('error', reject);
        thread.once('exit', () => {
          threads.delete(thread);
          reject(new Fault('SERVICE_STOPPED', 'the count was given up', { retry: true }));
        });
      }),
    stop: async () => {
      await Promise.all([...threads].map((thread) => thread.terminate()));
    },
  };
};
