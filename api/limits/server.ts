import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { milliseconds } from '#model/base/duration.ts';
import type { ConnectionLimiter } from '#model/limits/connection-limiter.ts';
import type { ApiSettings } from '#api/settings.ts';
import type { ApiLimited } from './limited.ts';

/** Interval of checks for slow connections. Node's default of 30 s would add as much to each timeout. */
const CHECK_EVERY = milliseconds(500);

const ANSWERS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/**
 * The HTTP server of the API. Every connection is counted from its start, with a timeout for its header, for its request, and
 * between two requests.
 */
export const makeServer = (
  handler: RequestListener,
  settings: ApiSettings,
  { connections, limited }: { readonly connections: ConnectionLimiter; readonly limited: ApiLimited },
): Server => {
  const { headersTimeout, keepAliveTimeout, requestsPerSocket } = settings.limits;
  const requestTimeout = settings.requestTimeout.ms;
  const server = createServer(
    {
      requestTimeout,
      headersTimeout: Math.min(headersTimeout.ms, requestTimeout),
      keepAliveTimeout: keepAliveTimeout.ms,
      connectionsCheckingInterval: CHECK_EVERY.ms,
    },
    handler,
  );
  server.maxRequestsPerSocket = requestsPerSocket;
  connections.guard(server);
  // Node answers 503 beyond the last request, and would keep the connection
  server.on('dropRequest', (_request, socket) => socket.destroy());
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const address = socket.remoteAddress;
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') limited('request-time', { address });
    if (error.code === 'HPE_HEADER_OVERFLOW') limited('header-bytes', { address });
    refuse(socket, ANSWERS[error.code ?? ''] ?? '400 Bad Request');
  });
  return server;
};

/** Closes a connection that has sent no valid request. */
const refuse = (socket: Socket, status: string): void => {
  if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  socket.destroy();
};
