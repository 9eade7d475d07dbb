import { type Agent, type IncomingMessage, request } from 'node:http';
import { Fault, isFaultCode } from '#model/base/fault.ts';
import { LinkFault } from '#model/base/broker-api.ts';
import { parseJson } from '#model/base/parse-json.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  readonly body: Uint8Array | undefined;
  /** Doing it twice is the same as doing it once. */
  readonly isRepeatable: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

export interface CallLimits {
  readonly socketPath: string;
  /** Keeps connections; `false` makes a new one for this call. */
  readonly agent: Agent | false;
  readonly signal: AbortSignal;
  readonly answerBytes: number;
}

/** One HTTP call over a Unix domain socket; an answer of 400 and above is thrown as the `Fault` that it carries. */
export const callSocket = async (call: HttpCall, limits: CallLimits): Promise<HttpAnswer> => {
  const answer = await attempt(call, limits).catch((error: unknown) => {
    if (!(error instanceof StaleConnection)) throw error;
    // the broker closed an idle connection as it was used again; only what may be done twice is tried once more, and on
    // a new connection: after its end every idle one is like that
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
        (error: unknown) => reject(unreachable(call, 'the answer broke off', error)),
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
