import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { atEnd } from '#test/support/processes/at-end.ts';

/** Ways in which the API may be away while the page itself is delivered. */
export const CUTS = ['refuse', 'hold', 'bad-gateway'] as const;
/** `refuse` ends each connection; `hold` keeps each and answers nothing; `bad-gateway` answers 502. */
export type GatewayMode = 'open' | (typeof CUTS)[number];

/** A web server in front of the service: pages always pass, the API as it is told. */
export interface Gateway {
  readonly url: string;
  set(mode: GatewayMode): void;
}

const isOfApi = (url: string): boolean => ['/v1/', '/readyz', '/healthz'].some((path) => url.startsWith(path));

/** Starts a gateway in front of a service; it ends with the running test. */
export const startGateway = async (to: string): Promise<Gateway> => {
  let mode: GatewayMode = 'open';
  /** Answers of the API that are under way, and where they come from. */
  const running = new Map<ServerResponse, IncomingMessage | undefined>();

  const forward = (incoming: IncomingMessage, response: ServerResponse): void => {
    const { method, headers, url = '/' } = incoming;
    if (isOfApi(url)) running.set(response, undefined);
    const sent = request(`${to}${url}`, { method, headers, agent: false }, (answer) => {
      if (isOfApi(url)) {
        if (mode !== 'open') return;
        running.set(response, answer);
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    sent.on('error', () => response.destroy());
    response.on('close', () => {
      running.delete(response);
      sent.destroy();
    });
    incoming.pipe(sent);
  };

  const take = (incoming: IncomingMessage, response: ServerResponse): void => {
    if (mode === 'open' || !isOfApi(incoming.url ?? '/')) return forward(incoming, response);
    if (mode === 'refuse') return void response.destroy();
    if (mode === 'bad-gateway') response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
    return undefined;
  };

  const server = createServer(take);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return {
    url: `http://127.0.0.1:${address.port}`,
    set: (next) => {
      mode = next;
      if (next === 'open') return;
      for (const [response, answer] of running) {
        if (next === 'hold') answer?.unpipe(response);
        else response.destroy();
      }
    },
  };
};
