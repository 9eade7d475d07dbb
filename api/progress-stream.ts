import type { FastifyReply } from 'fastify';
import type { Clock } from '#model/base/clock.ts';
import { z } from 'zod';
import { FAULTS, Fault } from '#model/base/fault.ts';
import { formatHttpDate } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';

/** Media type of an answer with progress: one JSON object in each line. */
const NDJSON = 'application/x-ndjson';

/** Last line of an answer with progress when the task fails. */
export const FailureLine = z.object({ code: z.string(), detail: z.string() });

/** The answer with progress of a route, in OpenAPI: the schema of one line, and an example of one. */
export const progressResponse = (description: string, line: z.ZodType) => ({
  description: `${description} One JSON object in each line.`,
  content: { [NDJSON]: { schema: line } },
});

/**
 * Answers with progress lines and the result as the last line, or with a line of `code` and `detail` when the task fails.
 * The task ends when the client disconnects.
 */
export const answerWithProgress = async <Line extends object>(
  reply: FastifyReply,
  { clock, log }: { readonly clock: Pick<Clock, 'now'>; readonly log: Log },
  work: (report: (line: Line) => void, signal: AbortSignal) => Promise<Line>,
): Promise<void> => {
  const disconnected = new AbortController();
  reply.hijack();
  const { raw } = reply;
  raw.once('close', () => disconnected.abort());
  const date = formatHttpDate(clock.now()); // Fastify writes no headers after hijack
  raw.writeHead(200, { 'content-type': NDJSON, 'cache-control': 'no-store', date });
  const write = (line: Line | z.infer<typeof FailureLine>): void => {
    raw.write(`${JSON.stringify(line)}\n`);
  };
  try {
    write(await work(write, disconnected.signal));
  } catch (error) {
    if (!disconnected.signal.aborted) {
      if (!(error instanceof Fault)) log.error('long task failed', { error });
      const code = error instanceof Fault ? error.code : 'STORE_FAILED';
      write({ code, detail: error instanceof Fault ? error.detail : FAULTS.STORE_FAILED.title });
    }
  } finally {
    raw.end();
  }
};
