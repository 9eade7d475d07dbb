import type { FastifyReply } from 'fastify';
import { FAULTS, Fault } from '#model/fault.ts';
import type { Log } from '#model/log.ts';

/** Media type of an answer that tells its progress: one JSON object a line. */
export const NDJSON = 'application/x-ndjson';

/**
 * Answers with progress while the work goes on and with its result in the last line, or with a line of `code` and
 * `detail` where it broke off. Whoever goes away ends the work.
 */
export const answerWithProgress = async (
  reply: FastifyReply,
  log: Log,
  work: (tell: (line: object) => void, signal: AbortSignal) => Promise<object>,
): Promise<void> => {
  const left = new AbortController();
  reply.hijack();
  const { raw } = reply;
  raw.once('close', () => left.abort());
  raw.writeHead(200, { 'content-type': NDJSON, 'cache-control': 'no-store' });
  const tell = (line: object): void => {
    raw.write(`${JSON.stringify(line)}\n`);
  };
  try {
    tell(await work(tell, left.signal));
  } catch (error) {
    if (!left.signal.aborted) {
      if (!(error instanceof Fault)) log.error('long work broke off', { error });
      const code = error instanceof Fault ? error.code : 'STORE_FAILED';
      tell({ code, detail: error instanceof Fault ? error.detail : FAULTS.STORE_FAILED });
    }
  } finally {
    raw.end();
  }
};
