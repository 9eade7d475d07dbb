import { readFileSync } from 'node:fs';
import { type IncomingMessage, createServer as createHttpServer } from 'node:http';
import { type Server, type Socket, createServer } from 'node:net';
import { type TLSSocket, createServer as createTlsServer } from 'node:tls';
import { WebSocketServer, createWebSocketStream } from 'ws';
import { Fault } from '#model/fault.ts';
import { bind } from './bind.ts';
import type { Door } from './door.ts';
import type { Refuse } from './refusals.ts';
import type { BrokerSettings } from './settings.ts';

export interface ListenerDeps {
  /** Takes over a connection that speaks MQTT from its first byte. */
  readonly door: Pick<Door, 'admit'>;
  readonly refuse: Refuse;
}

export interface Listeners {
  readonly mqttPort: number;
  readonly wsPort: number;
  /** Undefined where TLS is not set up. */
  readonly tlsPort: number | undefined;
  /** Takes no new connections; those that are open are the caller's. Safe to call twice. */
  stop(): void;
}

const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|localhost)$/;
const LOOPBACK_HOST = '127.0.0.1';

/** A WebSocket message may carry the end of one packet and the whole of the next. */
const WS_ROOM_BYTES = 64 * 1_024;

/**
 * Opens TCP, WebSocket and, where it is set, TLS. Plain listeners stay on loopback unless `insecure` allows otherwise;
 * beside a TLS listener on another address they do so by themselves.
 * @throws Fault `PORT_IN_USE`, `SETTING_INVALID`
 */
export const startListeners = async (settings: BrokerSettings, deps: ListenerDeps): Promise<Listeners> => {
  const plainHost = choosePlainHost(settings);
  const mqtt = createServer({ noDelay: true }, (socket) => deps.door.admit(socket, { address: socket.remoteAddress }));
  const ws = createWsServer(settings, deps);
  const tls = settings.tls === undefined ? undefined : createTls(settings, settings.tls, deps);
  const servers = tls === undefined ? [mqtt, ws] : [mqtt, ws, tls];
  const stop = (): void => {
    for (const server of servers) server.close();
  };
  try {
    const at = (port: number, key: string, variable: string) => ({ port, setting: `broker.${key} (${variable})` });
    const mqttPort = await bind(mqtt, { host: plainHost, ...at(settings.mqttPort, 'mqttPort', 'KLAWING_MQTT_PORT') });
    const wsPort = await bind(ws, { host: plainHost, ...at(settings.wsPort, 'wsPort', 'KLAWING_WS_PORT') });
    const secure = { host: settings.host, port: settings.tlsPort, setting: 'broker.tlsPort' };
    const tlsPort = tls === undefined ? undefined : await bind(tls, secure);
    return { mqttPort, wsPort, tlsPort, stop };
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
  const server = createHttpServer({ noDelay: true }, (_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain' }).end('MQTT over WebSocket is at /mqtt\n');
  });
  server.headersTimeout = settings.connectTimeout.ms;
  server.maxConnections = settings.maxConnections;
  const sockets = new WebSocketServer({
    server,
    path: '/mqtt',
    maxPayload: settings.maxPacketBytes + WS_ROOM_BYTES,
    perMessageDeflate: false,
    verifyClient: ({ req }: { readonly req: IncomingMessage }) =>
      (req.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/).includes('mqtt'),
    handleProtocols: () => 'mqtt',
  });
  sockets.on('connection', (socket, request) => {
    deps.door.admit(createWebSocketStream(socket), { address: request.socket.remoteAddress, request });
  });
  // the HTTP server reports the same failures to whoever bound it
  sockets.on('error', () => undefined);
  return server;
};

const createTls = (
  settings: BrokerSettings,
  pair: { readonly cert: string; readonly key: string },
  deps: ListenerDeps,
): Server => {
  const options = {
    cert: readPem(pair.cert, 'broker.tls.cert (KLAWING_TLS_CERT)'),
    key: readPem(pair.key, 'broker.tls.key (KLAWING_TLS_KEY)'),
    minVersion: 'TLSv1.2',
    handshakeTimeout: settings.connectTimeout.ms,
    noDelay: true,
  } as const;
  const admit = (socket: TLSSocket): void => deps.door.admit(socket, { address: socket.remoteAddress });
  const server = attempt(() => createTlsServer(options, admit), 'broker.tls: certificate and key do not fit');
  server.on('tlsClientError', (error, socket: Socket) => {
    deps.refuse('tls', { address: socket.remoteAddress, error: error.message });
  });
  return server;
};

/** A setting holds the PEM text itself or the path of its file. */
const readPem = (setting: string, name: string): string =>
  setting.startsWith('-----BEGIN') ? setting : attempt(() => readFileSync(setting, 'utf8'), name);

const attempt = <T>(act: () => T, what: string): T => {
  try {
    return act();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('SETTING_INVALID', `${what}: ${why}`, { cause });
  }
};
