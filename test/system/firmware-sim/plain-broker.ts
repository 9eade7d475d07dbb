import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type PublishPacket } from 'aedes';
import { json } from '#model/codecs/json.ts';
import type { Observation } from '#model/readings/message.ts';

/** One publish as the broker saw it. */
export interface Seen {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
}

/** A real Aedes that keeps nothing from one start to the next, on a port that it keeps. */
export interface PlainBroker {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** Device ids of the connections that were accepted, in order. */
  readonly connected: readonly string[];
  /** Whether publishes are answered: false leaves them without PUBACK for ever. */
  acknowledges: boolean;
  /** Whether passwords are accepted. */
  accepts: boolean;
  start(): Promise<void>;
  /** Goes down as a killed process does: all sockets are cut. */
  stop(): Promise<void>;
}

export const plainBroker = (): PlainBroker => {
  const seen: Seen[] = [];
  const connected: string[] = [];
  const sockets = new Set<Socket>();
  let aedes: Aedes | undefined;
  let server: Server | undefined;
  let port = 0;

  const watch = (packet: PublishPacket): void => {
    const { topic, payload, retain } = packet;
    if (topic.startsWith('v1/')) seen.push({ topic, payload: Buffer.from(payload), retain });
  };
  const broker: PlainBroker = {
    get url() {
      return `mqtt://127.0.0.1:${port}`;
    },
    seen,
    connected,
    acknowledges: true,
    accepts: true,
    async start() {
      const instance = await Aedes.createBroker({
        authenticate: (_client, _user, password, done) => done(null, broker.accepts && String(password) !== ''),
        authorizePublish: (_client, packet, done) => {
          if (!broker.acknowledges && packet.topic.includes('/readings')) return;
          watch(packet);
          done(null);
        },
      });
      instance.on('client', ({ id }) => connected.push(id));
      const listener = createServer((socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        instance.handle(socket);
      });
      await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve));
      const address = listener.address();
      port = typeof address === 'object' && address !== null ? address.port : 0;
      [aedes, server] = [instance, listener];
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      const [instance, listener] = [aedes, server];
      [aedes, server] = [undefined, undefined];
      await new Promise<void>((resolve) => (listener === undefined ? resolve() : listener.close(() => resolve())));
      await new Promise<void>((resolve) => (instance === undefined ? resolve() : instance.close(() => resolve())));
    },
  };
  return broker;
};

/** The packets of readings of a device, each as its observations, in the order of their arrival. */
export const packetsOf = (broker: PlainBroker, device: string): readonly (readonly Observation[])[] =>
  broker.seen
    .filter(({ topic }) => topic === `v1/${device}/readings`)
    .map(({ payload }) => json.decode(payload).observations);

/** The ids of a device's readings in the order of their first arrival. */
export const idsOf = (broker: PlainBroker, device: string): readonly number[] => [
  ...new Set(packetsOf(broker, device).flatMap((packet) => packet.map(({ id }) => Number(id)))),
];

/** Presence messages of a device, in order. */
export const presenceOf = (broker: PlainBroker, device: string): readonly string[] =>
  broker.seen.filter(({ topic }) => topic === `v1/${device}/status`).map(({ payload }) => payload.toString());
