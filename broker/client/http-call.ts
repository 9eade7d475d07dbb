import { type Agent, type IncomingMessage, request } from 'node:http';
import { Fault, isFaultCode } from '#model/base/fault.ts';
import { LinkFault } from '#model/base/broker-api.ts';
import { parseJson } from '#model/base/parse-json.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  readonly body: Uint8Array | undefined;
  /** True for an idempotent call. */
  readonly isRepeatable: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

export interface CallLimits {
  readonly socketPath: string;
  /** Reuses connections; `false` opens a new one for this call. */
  readonly agent: Agent | false;
  readonly signal: AbortSignal;
  readonly answerBytes: number;
}

/** One HTTP call over a Unix domain socket. An answer with status 400 or higher is thrown as the `Fault` that it contains. */
export const callSocket = async (call: HttpCall, limits: CallLimits): Promise<HttpAnswer> => {
  const answer = await attempt(call, limits).catch((error: unknown) => {
    if (!(error instanceof StaleConnection)) throw error;
    // the broker closed an idle connection just before its reuse; an idempotent call is repeated on a new connection, because all
    // idle connections may be closed
    if (call.isRepeatable) return attempt(call, { ...limits, agent: false });
    throw unreachable(call, 'the connection broke', error);
  });
  if (answer.status >= 400) throw faultOf(answer, call);
  return answer;
};

class StaleConnection extends Error {}

const attempt = (call: HttpCall, limits: CallLimits): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const { socketPath, agent, signal } = limits;
    const headers = { 'content-length': String(call.body?.byteLength ?? 0) };
    const sent = request({ socketPath, agent, signal, method: call.method, path: call.path, headers });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(isStale ? new StaleConnection() : unreachable(call, error.message, error));
    });
    sent.on('response', (response) => {
      collect(response, limits.answerBytes).then(
        (text) => resolve({ status: response.statusCode ?? 0, text }),
        (error: unknown) => reject(unreachable(call, 'the answer is incomplete', error)),
      );
    });
    sent.end(call.body);
  });

const collect = async (response: IncomingMessage, limit: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const part = Buffer.from(chunk);
    bytes += part.byteLength;
    if (bytes > limit) throw new Error(`the answer is larger than ${limit} bytes`);
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const unreachable = (call: HttpCall, why: string, cause: unknown): Fault =>
  new Fault('BROKER_UNREACHABLE', `${call.method} ${call.path.split('?')[0]}: ${why}`, { retry: true, cause });

const faultOf = (answer: HttpAnswer, call: HttpCall): Fault => {
  const carried = LinkFault.safeParse(parseJson(answer.text));
  if (!carried.success || !isFaultCode(carried.data.code)) {
    return unreachable(call, `status ${answer.status} without a fault`, undefined);
  }
  return new Fault(carried.data.code, carried.data.detail, { retry: carried.data.retry });
};
