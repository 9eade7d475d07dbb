import {
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
  createServer as createHttpServer,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type Server, type Socket, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket, type Server as TlsServer, createServer as createTlsServer } from 'node:tls';
import { WebSocketServer, createWebSocketStream } from 'ws';
import { milliseconds, minutes } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { bind } from './bind.ts';
import type { ConnectionHandler, ConnectionOrigin } from './connections.ts';
import type { ConnectionLimiter } from '#model/limits/connection-limiter.ts';
import type { Refuse } from '#broker/metrics/refusals.ts';
import type { BrokerSettings } from '#broker/settings.ts';
import type { TlsFiles } from './tls.ts';
import { makeOriginCheck } from './web-origin.ts';
import { trackFrames } from './web-socket-frames.ts';

export interface ListenerDeps {
  /** Handles a connection from its first byte of MQTT. */
  readonly connections: Pick<ConnectionHandler, 'admit'>;
  /** Limits the connections of all listeners. */
  readonly limiter: Pick<ConnectionLimiter, 'guard'>;
  readonly refuse: Refuse;
  /** Ports of our own pages. */
  readonly pagePorts: readonly number[];
  /** Undefined without `broker.tls`. */
  readonly tlsFiles: TlsFiles | undefined;
}

export interface NetListeners {
  readonly mqttPort: number;
  readonly wsPort: number;
  /** Undefined without `broker.tls`. */
  readonly tlsPort: number | undefined;
  readonly wssPort: number | undefined;
  /** Accepts no new connections; the caller closes the open ones. Safe to call twice. */
  stop(): void;
}

const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|localhost)$/;
const LOOPBACK_HOST = '127.0.0.1';

/** TCP keepalive detects the loss of a client without an MQTT keepalive. */
const SOCKETS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: minutes(2).ms } as const;

/** Interval of the check for slow handshakes. */
const CHECK_EVERY = milliseconds(500);

/** Largest number of chunks, and of fragments, of a WebSocket message. */
const WS_PIECES = 4_096;

/** A WebSocket message may contain the end of one packet and the next packet. */
const WS_ROOM_BYTES = 64 * 1_024;

/**
 * Opens the listeners for TCP and WebSocket and, with `broker.tls`, both over TLS. Plain listeners bind loopback unless `insecure`
 * permits another address; beside a TLS listener on another address they always do.
 * @throws Fault `PORT_IN_USE`, `SETTING_INVALID`
 */
export const startListeners = async (settings: BrokerSettings, deps: ListenerDeps): Promise<NetListeners> => {
  const plainHost = choosePlainHost(settings);
  const mqtt = createServer(SOCKETS, (socket) => deps.connections.admit(socket, { address: socket.remoteAddress }));
  const ws = createWsServer(settings, deps);
  const files = deps.tlsFiles;
  const secure = files && { tls: createTls(settings, files, deps), wss: createWssServer(settings, files, deps) };
  const servers = secure === undefined ? [mqtt, ws] : [mqtt, ws, secure.tls, secure.wss];
  for (const server of servers) deps.limiter.guard(server);
  const stop = (): void => {
    for (const server of servers) server.close();
  };
  try {
    const at = (port: number, key: string, variable: string) => ({ port, setting: `broker.${key} (${variable})` });
    const mqttPort = await bind(mqtt, { host: plainHost, ...at(settings.mqttPort, 'mqttPort', 'KLAWING_MQTT_PORT') });
    const wsPort = await bind(ws, { host: plainHost, ...at(settings.wsPort, 'wsPort', 'KLAWING_WS_PORT') });
    if (secure === undefined) return { mqttPort, wsPort, tlsPort: undefined, wssPort: undefined, stop };
    const { host } = settings;
    const tlsPort = await bind(secure.tls, { host, port: settings.tlsPort, setting: 'broker.tlsPort' });
    const wssPort = await bind(secure.wss, { host, port: settings.wssPort, setting: 'broker.wssPort' });
    return { mqttPort, wsPort, tlsPort, wssPort, stop };
  } catch (error) {
    stop();
    throw error;
  }
};

const choosePlainHost = ({ host, insecure, access, tls }: BrokerSettings): string => {
  if (LOOPBACK.test(host)) return host;
  if (access === 'open') {
    const detail = `access "open" lets in anyone and is for loopback only; set broker.host (KLAWING_HOST) to ${LOOPBACK_HOST}`;
    throw new Fault('SETTING_INVALID', detail);
  }
  if (insecure) return host;
  if (tls !== undefined) return LOOPBACK_HOST;
  throw new Fault(
    'SETTING_INVALID',
    `broker.host is ${host}, where secrets would travel unencrypted; set broker.tls (KLAWING_TLS_CERT, KLAWING_TLS_KEY), or broker.insecure (KLAWING_INSECURE=true) where the network itself is trusted`,
  );
};

/** MQTT over WebSocket (MQTT 3.1.1 section 6): the subprotocol `mqtt` is required [MQTT-6.0.0-3]. */
const createWsServer = (settings: BrokerSettings, deps: ListenerDeps): Server => {
  const server = createHttpServer({ ...SOCKETS, ...timesOf(settings) }, refusePlainRequest);
  refuseBroken(server, deps.refuse);
  takeWebSockets(server, settings, deps, (connection, web) => {
    deps.connections.admit(connection, { address: web.request.socket.remoteAddress, ...web });
  });
  return server;
};

const createWssServer = (settings: BrokerSettings, files: TlsFiles, deps: ListenerDeps): Server => {
  const times = { ...timesOf(settings), handshakeTimeout: settings.connectTimeout.ms };
  const server = createHttpsServer({ ...files.options(), ...SOCKETS, ...times }, refusePlainRequest);
  refuseBroken(server, deps.refuse);
  takeWebSockets(server, settings, deps, (connection, web) => {
    const { socket } = web.request;
    if (socket instanceof TLSSocket) admitSecure(socket, connection, { files, deps, web });
  });
  return secured(server, files, deps);
};

/** A WebSocket starts with one request without a body. By default, Node.js checks for slow requests every 30 s. */
const timesOf = ({ connectTimeout }: BrokerSettings) => ({
  headersTimeout: connectTimeout.ms,
  requestTimeout: connectTimeout.ms,
  keepAliveTimeout: connectTimeout.ms,
  connectionsCheckingInterval: CHECK_EVERY.ms,
});

const refusePlainRequest = (_request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(426, { 'content-type': 'text/plain' }).end('MQTT over WebSocket is at /mqtt\n');
};

/** Refuses an unfinished or malformed request. */
const refuseBroken = (server: HttpServer, refuse: Refuse): void => {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    if (isLate) refuse('connect-timeout', { address: socket.remoteAddress });
    const status = isLate ? '408 Request Timeout' : '400 Bad Request';
    if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    socket.destroy();
  });
};

const takeWebSockets = (
  server: HttpServer,
  settings: BrokerSettings,
  deps: Pick<ListenerDeps, 'refuse' | 'pagePorts'>,
  take: (
    connection: Duplex,
    web: Pick<ConnectionOrigin, 'request' | 'frames'> & { readonly request: IncomingMessage },
  ) => void,
): void => {
  const isAllowed = makeOriginCheck(settings, deps.pagePorts);
  const sockets = new WebSocketServer({
    server,
    path: '/mqtt',
    maxPayload: settings.maxPacketBytes + WS_ROOM_BYTES,
    maxBufferedChunks: WS_PIECES,
    maxFragments: WS_PIECES,
    perMessageDeflate: false,
    verifyClient: ({ req }: { readonly req: IncomingMessage }) => {
      const isMqtt = (req.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/).includes('mqtt');
      const isOrigin = isAllowed(req);
      if (!isOrigin) deps.refuse('web-origin', { address: req.socket.remoteAddress, origin: req.headers.origin });
      return isMqtt && isOrigin;
    },
    handleProtocols: () => 'mqtt',
  });
  sockets.on('connection', (socket, request) => {
    const stream = createWebSocketStream(socket);
    // a text frame is not MQTT [MQTT-6.0.0-1]
    socket.prependListener('message', (_data, isBinary) => {
      if (!isBinary) stream.destroy();
    });
    take(stream, { request, frames: (report) => trackFrames(socket, request.socket, report) });
  });
  // the HTTP server reports the same failures to the caller of `bind`
  sockets.on('error', () => undefined);
};

const createTls = (settings: BrokerSettings, files: TlsFiles, deps: ListenerDeps): Server => {
  const options = { ...files.options(), handshakeTimeout: settings.connectTimeout.ms, ...SOCKETS };
  const server = createTlsServer(options, (socket) => admitSecure(socket, socket, { files, deps }));
  return secured(server, files, deps);
};

interface Secure {
  readonly files: TlsFiles;
  readonly deps: ListenerDeps;
  readonly web?: Pick<ConnectionOrigin, 'request' | 'frames'>;
}

/** A presented certificate must be valid, also where it is optional. Without one, the secret decides. */
const admitSecure = (socket: TLSSocket, connection: Duplex, { files, deps, web = {} }: Secure): void => {
  const address = socket.remoteAddress;
  try {
    const certificate = files.certificateOf(socket);
    // a resumed TLS session was verified at its start
    if (certificate !== undefined && files.isRevoked(certificate)) throw new Error('CERT_REVOKED');
    deps.connections.admit(connection, { address, certificate, ...web });
  } catch (error) {
    deps.refuse('tls', { address, error: error instanceof Error ? error.message : String(error) });
    connection.on('error', () => undefined).destroy();
  }
};

const secured = (server: TlsServer, files: TlsFiles, deps: ListenerDeps): Server => {
  files.serve(server);
  server.on('tlsClientError', (error, socket) => {
    deps.refuse('tls', { address: socket.remoteAddress, error: error.message });
    // a TLS server does not close a connection whose handshake times out
    socket.destroy();
  });
  return server;
};
