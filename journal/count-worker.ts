import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { Fault } from '#model/fault.ts';
import { countEntries } from './tally.ts';

const Work = z.object({
  walk: z.object({
    folder: z.string(),
    seed: z.int(),
    leaps: z.array(z.object({ after: z.int(), next: z.int() })),
    to: z.object({ journal: z.string(), last: z.int(), segment: z.int(), offset: z.int() }),
  }),
  after: z.int(),
  through: z.int(),
  from: z.object({ segment: z.int(), offset: z.int(), next: z.int() }).optional(),
});

const answer = async (): Promise<object> => {
  try {
    return { counts: await countEntries(Work.parse(workerData)) };
  } catch (error) {
    if (error instanceof Fault && error.code === 'JOURNAL_TRIMMED') return { trimmed: error.detail };
    throw error;
  }
};

parentPort?.postMessage(await answer());
