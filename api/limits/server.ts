import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
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

interface ServerDeps {
  readonly connections: ConnectionLimiter;
  readonly limited: ApiLimited;
}

const timesOf = (settings: ApiSettings) => ({
  requestTimeout: settings.requestTimeout.ms,
  headersTimeout: Math.min(settings.limits.headersTimeout.ms, settings.requestTimeout.ms),
  keepAliveTimeout: settings.limits.keepAliveTimeout.ms,
  connectionsCheckingInterval: CHECK_EVERY.ms,
});

const guarded = <S extends Server | SecureServer>(server: S, settings: ApiSettings, deps: ServerDeps): S => {
  const { connections, limited } = deps;
  server.maxRequestsPerSocket = settings.limits.requestsPerSocket;
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

/**
 * The HTTP server of the API. Every connection is counted from its start, with a timeout for its header, for its request, and
 * between two requests.
 */
export const makeServer = (handler: RequestListener, settings: ApiSettings, deps: ServerDeps): Server =>
  guarded(createServer(timesOf(settings), handler), settings, deps);

/** The certificate of the HTTPS server; it may be renewed while the server runs. */
export interface ApiCertificate {
  options(): TlsOptions;
  /** Updates this server after each renewal. */
  serve(server: SecureServer): void;
}

/** The same by HTTPS, with a timeout for the handshake. */
export const makeSecureServer = (
  handler: RequestListener,
  settings: ApiSettings,
  { certificate, ...deps }: ServerDeps & { readonly certificate: ApiCertificate },
): SecureServer => {
  const times = timesOf(settings);
  const options = { ...certificate.options(), ...times, handshakeTimeout: times.headersTimeout };
  const server = guarded(createSecureServer(options, handler), settings, deps);
  certificate.serve(server);
  // a TLS server does not close a connection whose handshake fails
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
};

/** Closes a connection that has sent no valid request. */
const refuse = (socket: Socket, status: string): void => {
  if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  socket.destroy();
};
