import type { FastifyReply } from 'fastify';
import type { Clock } from '#model/base/clock.ts';
import { FAULTS, Fault } from '#model/base/fault.ts';
import { formatHttpDate } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';

/** Media type of an answer with progress: one JSON object in each line. */
export const NDJSON = 'application/x-ndjson';

/**
 * Answers with progress lines and the result as the last line, or with a line of `code` and `detail` when the task fails.
 * The task ends when the client disconnects.
 */
export const answerWithProgress = async (
  reply: FastifyReply,
  { clock, log }: { readonly clock: Pick<Clock, 'now'>; readonly log: Log },
  work: (report: (line: object) => void, signal: AbortSignal) => Promise<object>,
): Promise<void> => {
  const disconnected = new AbortController();
  reply.hijack();
  const { raw } = reply;
  raw.once('close', () => disconnected.abort());
  const date = formatHttpDate(clock.now()); // Fastify writes no headers after hijack
  raw.writeHead(200, { 'content-type': NDJSON, 'cache-control': 'no-store', date });
  const report = (line: object): void => {
    raw.write(`${JSON.stringify(line)}\n`);
  };
  try {
    report(await work(report, disconnected.signal));
  } catch (error) {
    if (!disconnected.signal.aborted) {
      if (!(error instanceof Fault)) log.error('long task failed', { error });
      const code = error instanceof Fault ? error.code : 'STORE_FAILED';
      report({ code, detail: error instanceof Fault ? error.detail : FAULTS.STORE_FAILED.title });
    }
  } finally {
    raw.end();
  }
};
