import { chmodSync, unlinkSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { connect } from 'node:net';
import { seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';

export interface ControlRequest {
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
}

export interface ControlAnswer {
  readonly status: 200 | 204;
  readonly body?: string;
  readonly contentType?: string;
}

/** Calls by method and path, as in `POST /append`. */
export type ControlCalls = Readonly<
  Record<string, (request: ControlRequest) => ControlAnswer | Promise<ControlAnswer>>
>;

export interface LocalSocket {
  /** Accepts no new calls and waits for the running ones. Safe to call twice. */
  stop(): Promise<void>;
}

const REQUEST_TIMEOUT = seconds(10);
/** All calls come from ingest, which opens fewer connections. */
const MAX_CONNECTIONS = 1_024;

/**
 * The server of `model/base/broker-api.ts`: HTTP over a Unix domain socket that only the user of the service can open. A socket
 * file of a crashed broker is replaced.
 * @throws Fault `DATA_LOCKED` when another broker answers on it
 */
export const startLocalSocket = async (path: string, bodyBytes: number, calls: ControlCalls): Promise<LocalSocket> => {
  if (await isAnswered(path)) {
    throw new Fault('DATA_LOCKED', `another broker answers on ${path}; stop it or choose another data folder`);
  }
  removeStale(path);
  let stopped: Promise<void> | undefined;
  const server = createServer((request, response) => {
    void serve(request, response, bodyBytes, calls, () => stopped !== undefined);
  });
  server.requestTimeout = REQUEST_TIMEOUT.ms;
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
    // the file exists when `listen` returns, before a client can connect
    chmodSync(path, 0o600);
  });
  return {
    stop: () => {
      stopped ??= new Promise((resolve) => server.close(() => resolve()));
      return stopped;
    },
  };
};

const isAnswered = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });

const removeStale = (path: string): void => {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
};

// oxlint-disable-next-line max-params -- a request with all that its answer needs
const serve = async (
  request: IncomingMessage,
  response: ServerResponse,
  bodyBytes: number,
  calls: ControlCalls,
  isStopping: () => boolean,
): Promise<void> => {
  /** A caller that asks again at once would keep its connection, and the server, open. */
  const head = (status: number, contentType: string): ServerResponse => {
    if (isStopping()) response.shouldKeepAlive = false;
    return response.writeHead(status, { 'content-type': contentType });
  };
  try {
    const url = URL.parse(request.url ?? '/', 'http://broker');
    const name = `${request.method} ${url?.pathname}`;
    const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
    if (url === null || call === undefined) throw new Fault('NOT_FOUND', name);
    const answer = await call({ query: url.searchParams, body: await readBody(request, bodyBytes) });
    head(answer.status, answer.contentType ?? 'application/json').end(answer.body);
  } catch (error) {
    // the caller has disconnected
    if (request.destroyed && !request.complete) return;
    if (!(error instanceof Fault)) throw error;
    const { code, detail, retry } = error;
    head(retry ? 503 : 400, 'application/json').end(JSON.stringify({ code, detail, retry }));
  }
};

/** Reads a body. One that is too large is read to its end and dropped, so that the caller receives the answer. */
const readBody = async (request: IncomingMessage, limit: number): Promise<Buffer> => {
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.byteLength;
    if (bytes <= limit) chunks.push(part);
    else chunks = [];
  }
  if (bytes > limit) throw new Fault('PAYLOAD_TOO_LARGE', `${bytes} bytes of ${limit}`);
  return Buffer.concat(chunks);
};
