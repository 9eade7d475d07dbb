import { type Socket, connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Packet, parser } from 'mqtt-packet';
import { WebSocket } from 'ws';
import { atEnd } from '#test/support/processes/at-end.ts';

/** Ports of a broker; a way that it has not is not taken. */
export interface OneShotPorts {
  readonly mqttPort: number;
  readonly tlsPort?: number | undefined;
  readonly wsPort?: number;
}

export const WAYS = ['TCP', 'TLS', 'WebSocket'] as const;
export type Way = (typeof WAYS)[number];

/**
 * Way in which a client leaves after one burst: it closes and reads nothing; it says that it will send no
 * more and goes on reading, which WebSocket cannot; or it breaks the connection off (RST).
 */
export type Leaving = 'close' | 'half-close' | 'break';

export interface OneShot {
  /** Packets that came back, for a client that still read. */
  readonly received: readonly Packet[];
  isClosed(): boolean;
}

/** @param tcp below what is written to */
const leave = (socket: Socket, tcp: Socket, bytes: Uint8Array, leaving: Leaving): void => {
  if (leaving === 'half-close') {
    socket.end(bytes);
    return;
  }
  socket.write(bytes, () => {
    if (leaving === 'close') tcp.destroy();
    else tcp.resetAndDestroy();
  });
};

/** Sends these bytes in one burst over a new connection, and leaves at once. */
export const oneShot = (
  { mqttPort, tlsPort, wsPort }: OneShotPorts,
  { way, bytes, leaving }: { readonly way: Way; readonly bytes: Uint8Array; readonly leaving: Leaving },
): OneShot => {
  const received: Packet[] = [];
  const incoming = parser();
  let isClosed = false;
  const closed = (): void => void (isClosed = true);
  incoming.on('packet', (packet: Packet) => received.push(packet));
  if (way === 'WebSocket') {
    const web = new WebSocket(`ws://127.0.0.1:${wsPort}/mqtt`, 'mqtt');
    atEnd(() => web.terminate());
    web.on('error', () => undefined).on('close', closed);
    web.on('message', (data: Buffer) => void incoming.parse(data));
    web.on('open', () => {
      web.send(bytes, () => (leaving === 'break' ? web.terminate() : web.close()));
    });
    return { received, isClosed: () => isClosed };
  }
  const tcp = connect({ host: '127.0.0.1', port: (way === 'TCP' ? mqttPort : tlsPort) ?? 0, allowHalfOpen: true });
  const socket = way === 'TCP' ? tcp : connectTls({ socket: tcp, rejectUnauthorized: false });
  atEnd(() => void tcp.destroy());
  tcp.on('error', () => undefined);
  socket.on('error', () => undefined).on('close', closed);
  if (leaving === 'half-close') socket.on('data', (chunk: Buffer) => void incoming.parse(chunk)).on('end', closed);
  socket.once(way === 'TCP' ? 'connect' : 'secureConnect', () => leave(socket, tcp, bytes, leaving));
  return { received, isClosed: () => isClosed };
};
