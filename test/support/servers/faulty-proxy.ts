import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { systemClock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import { atEnd } from '#test/support/processes/at-end.ts';

/** Handling of a request; `pass` hands it on and answers as the server does. */
export interface Exchange {
  readonly isWrite: boolean;
  readonly body: Buffer;
  readonly response: ServerResponse;
  pass(): Promise<void>;
  /** Hands it on and keeps the answer to itself. */
  swallow(): Promise<void>;
}

export type Mood = (exchange: Exchange) => Promise<void> | void;

/** A server of another's requests, which answers as it is told to. */
export interface MoodyProxy {
  readonly url: string;
  /** Requests that were not simply passed. */
  readonly crossed: () => number;
  mood(next: Mood | undefined): void;
}

const forward = (
  to: string,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<{ from: IncomingMessage; bytes: Buffer }> =>
  new Promise((resolve, reject) => {
    const { method, headers, url } = incoming;
    const sent = request(`${to}${url}`, { method, headers: { ...headers, connection: 'close' } }, (from) => {
      Array.fromAsync(from).then((chunks) => resolve({ from, bytes: Buffer.concat(chunks) }), reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });

/** Starts a proxy in front of a server; it ends with the running test. */
export const startMoodyProxy = async (to: string): Promise<MoodyProxy> => {
  let mood: Mood | undefined;
  let crossed = 0;

  const take = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await Array.fromAsync(incoming));
    const pass = async (): Promise<void> => {
      const { from, bytes } = await forward(to, incoming, body);
      response.writeHead(from.statusCode ?? 502, from.headers).end(bytes);
    };
    if (mood === undefined) return pass();
    crossed += 1;
    const isWrite = incoming.url?.startsWith('/write') === true;
    await mood({ isWrite, body, response, pass, swallow: async () => void (await forward(to, incoming, body)) });
  };

  const server = createServer((incoming, response) => {
    take(incoming, response).catch(() => void response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    crossed: () => crossed,
    mood: (next) => {
      mood = next;
    },
  };
};

/** Waits before a request is handed on. */
export const lateBy =
  (ms: number): Mood =>
  async ({ pass }) => {
    await systemClock.sleep(milliseconds(ms));
    await pass();
  };
