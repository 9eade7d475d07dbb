import type { FastifyReply } from 'fastify';
import type { Clock } from '#model/base/clock.ts';
import { FAULTS, Fault } from '#model/base/fault.ts';
import { formatHttpDate } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';

/** Media type of an answer that tells its progress: one JSON object a line. */
export const NDJSON = 'application/x-ndjson';

/**
 * Answers with progress while the work goes on and with its result in the last line, or with a line of `code` and
 * `detail` where it broke off. Whoever goes away ends the work.
 */
export const answerWithProgress = async (
  reply: FastifyReply,
  { clock, log }: { readonly clock: Pick<Clock, 'now'>; readonly log: Log },
  work: (tell: (line: object) => void, signal: AbortSignal) => Promise<object>,
): Promise<void> => {
  const left = new AbortController();
  reply.hijack();
  const { raw } = reply;
  raw.once('close', () => left.abort());
  const date = formatHttpDate(clock.now()); // Fastify writes no head for an answer that was taken from it
  raw.writeHead(200, { 'content-type': NDJSON, 'cache-control': 'no-store', date });
  const tell = (line: object): void => {
    raw.write(`${JSON.stringify(line)}\n`);
  };
  try {
    tell(await work(tell, left.signal));
  } catch (error) {
    if (!left.signal.aborted) {
      if (!(error instanceof Fault)) log.error('long work broke off', { error });
      const code = error instanceof Fault ? error.code : 'STORE_FAILED';
      tell({ code, detail: error instanceof Fault ? error.detail : FAULTS.STORE_FAILED.title });
    }
  } finally {
    raw.end();
  }
};
