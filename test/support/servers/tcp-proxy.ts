import { connect, createServer, type Socket } from 'node:net';
import { atEnd } from '#test/support/processes/at-end.ts';

/** A line to a server that can be cut, or fall silent without a word. */
export interface TcpProxy {
  readonly url: string;
  /** Ends every connection, and takes no new one. */
  cut(): void;
  /** Keeps every connection and passes nothing any more, nor of new ones. */
  stall(): void;
  /** Passes again what comes on new connections. */
  heal(): void;
}

/** Opens a line in front of an HTTP server, which the caller closes. */
export const openTcpProxy = async (to: string): Promise<TcpProxy & { close(): Promise<void> }> => {
  const { hostname, port } = new URL(to);
  let state: 'open' | 'cut' | 'stalled' = 'open';
  const sockets = new Set<Socket>();

  const hold = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };

  const server = createServer((incoming) => {
    hold(incoming);
    if (state === 'cut') return void incoming.destroy();
    if (state === 'stalled') return void incoming.pause();
    const outgoing = connect(Number(port), hostname);
    hold(outgoing);
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('close', () => outgoing.destroy());
    return void outgoing.on('close', () => incoming.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      destroyAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
    cut: () => {
      state = 'cut';
      destroyAll();
    },
    stall: () => {
      state = 'stalled';
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
    heal: () => {
      state = 'open';
      destroyAll();
    },
  };
};

/** Starts a line in front of an HTTP server; it ends with the running test. */
export const startTcpProxy = async (to: string): Promise<TcpProxy> => {
  const proxy = await openTcpProxy(to);
  atEnd(() => proxy.close());
  return proxy;
};
