import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpError, InfluxDB, type Transport } from '@influxdata/influxdb-client';
import type { Clock } from '#model/base/clock.ts';
import { seconds, type Duration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { InfluxSettings } from './settings.ts';

/** Requests that may be in flight beside each other: two of a write, the rest of readers. */
const SOCKETS = 8;
/** An answer that is longer is not from a store that we asked in pages. */
const LONGEST_ANSWER = 64 * 2 ** 20;

/** The server's answer with any status. */
export interface InfluxAnswer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: Duration | undefined;
}

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: string;
  readonly contentType: string;
}

export interface Http {
  readonly url: string;
  /** @throws Fault `STORE_UNREACHABLE` (retry) when no whole answer came in time */
  send(request: Request, signal: AbortSignal): Promise<InfluxAnswer>;
  /** Waits for requests in flight, which the time-out bounds, and closes the sockets. */
  stop(): Promise<void>;
}

/** `Retry-After` in seconds; the form with a date is not used by any InfluxDB and is left alone. */
const retryAfterOf = (header: unknown): Duration | undefined => {
  const count = Number(header);
  return header === undefined || header === null || !(count >= 0) ? undefined : seconds(count);
};

const authorizationOf = ({ token, user, password }: InfluxSettings): string | undefined => {
  if (user !== undefined) return `Basic ${Buffer.from(`${user}:${password?.reveal() ?? ''}`).toString('base64')}`;
  return token === undefined ? undefined : `Token ${token.reveal()}`;
};

/** One request and its answer, whatever its status. */
const exchange = (
  transport: Transport,
  { method, path, body, contentType }: Request,
  signal: AbortSignal,
): Promise<InfluxAnswer> =>
  new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let [status, length] = [0, 0];
    let retryAfter: Duration | undefined;
    transport.send(
      path,
      body,
      { method, headers: { 'content-type': contentType, accept: 'application/json' }, signal },
      {
        responseStarted: (headers, code) => {
          status = code ?? 0;
          retryAfter = retryAfterOf(headers['retry-after']);
        },
        next: (chunk) => {
          length += chunk.byteLength;
          if (length > LONGEST_ANSWER) reject(new Error(`the answer is longer than ${LONGEST_ANSWER} bytes`));
          else chunks.push(chunk);
        },
        error: (error) => {
          if (error instanceof HttpError) resolve({ status: error.statusCode, body: error.body ?? '', retryAfter });
          else reject(error);
        },
        complete: () => resolve({ status, body: Buffer.concat(chunks).toString('utf8'), retryAfter }),
      },
    );
  });

/**
 * The client's transport, with what it lacks: a time-out that destroys the socket (its own leaves the request running)
 * and an answer that is always seen whole (its write interface hides the body of a 201 and retries by itself).
 */
export const startHttp = (settings: InfluxSettings, clock: Clock): Http => {
  const agent = new (settings.url.startsWith('https:') ? HttpsAgent : HttpAgent)({
    keepAlive: true,
    maxSockets: SOCKETS,
  });
  const authorization = authorizationOf(settings);
  const { transport } = new InfluxDB({
    url: settings.url,
    timeout: 0,
    transportOptions: { agent },
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  });

  const reasonOf = (late: AbortSignal, signal: AbortSignal, cause: unknown): string => {
    if (late.aborted) return `no answer within ${settings.timeout.ms} ms`;
    if (signal.aborted) return 'the request was cancelled';
    return cause instanceof Error ? cause.message : String(cause);
  };

  const send = async (request: Request, signal: AbortSignal): Promise<InfluxAnswer> => {
    const late = new AbortController();
    const timer = clock.after(settings.timeout, () => late.abort());
    try {
      return await exchange(transport, request, AbortSignal.any([signal, late.signal]));
    } catch (cause) {
      const reason = reasonOf(late.signal, signal, cause);
      late.abort();
      throw new Fault('STORE_UNREACHABLE', `${settings.url}: ${reason}; is InfluxDB running there?`, {
        cause,
        retry: true,
      });
    } finally {
      timer.stop();
    }
  };

  const inFlight = new Set<Promise<InfluxAnswer>>();
  return {
    url: settings.url,
    send: (request, signal) => {
      const sent = send(request, signal);
      inFlight.add(sent);
      const done = (): void => void inFlight.delete(sent);
      sent.then(done, done);
      return sent;
    },
    stop: async () => {
      await Promise.allSettled(inFlight);
      agent.destroy();
    },
  };
};
