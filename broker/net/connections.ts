import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Aedes, Client } from 'aedes';
import type { EnginePatches } from '#broker/mqtt/patches/apply.ts';
import { guardFrames, type SentBytes } from '#broker/mqtt/patches/packet-size.ts';
import { ConnectionFlow, type FlowCalls, type FlowDeps, type Peer } from './flow.ts';
import { Unfinished } from './unfinished.ts';
import { nameOf } from '#broker/auth/identity.ts';
import type { ClientCertificate } from '#broker/auth/certificate.ts';
import type { Refuse, Rest, Unserved } from '#broker/metrics/refusals.ts';
import type { ClientSession, Sessions } from '#broker/publish/session.ts';
import type { BrokerSettings } from '#broker/settings.ts';
import type { TellFrames } from './web-socket-frames.ts';

/** Where a connection came from, for the log. */
export interface ConnectionOrigin {
  readonly address: string | undefined;
  readonly request?: IncomingMessage;
  /** Of a WebSocket: has it told what its frames hold. */
  readonly frames?: (tell: TellFrames) => void;
  /** Shown and verified in the handshake. */
  readonly certificate?: ClientCertificate | undefined;
}

/** Every socket between its first byte and its end, known or not. */
export interface ConnectionHandler {
  admit(connection: Duplex, origin: ConnectionOrigin): void;
  /** Destroys what is still open. */
  close(): void;
}

/** Hands connections to Aedes, each behind the framing guard. */
export const createConnectionHandler = (
  aedes: Aedes,
  settings: BrokerSettings,
  deps: {
    readonly refuse: Refuse;
    readonly unserved: Unserved;
    readonly patchClient: EnginePatches['patchClient'];
    readonly sessions: Pick<Sessions, 'arrived' | 'of' | 'who' | 'closed'>;
    readonly flow: FlowDeps;
    readonly isStopping: () => boolean;
  },
): ConnectionHandler => {
  const open = new Set<Duplex>();
  const answered = new WeakSet<Client>();
  aedes.on('connackSent', (_connack, client) => answered.add(client));
  const limits = {
    connectBytes: Math.min(settings.limits.connectBytes, settings.maxPacketBytes),
    packetBytes: settings.maxPacketBytes,
  };

  return {
    admit: (connection, { address, request, certificate, frames }) => {
      // one that says that it sends no more may wait for the answers to what it has sent
      connection.allowHalfOpen = true;
      open.add(connection);
      connection.once('close', () => open.delete(connection));
      let peer: Peer | undefined;
      const calls: FlowCalls = {
        peer: () => (peer ??= peerOf(deps.sessions.of(client))),
        onOverstay: (why, bytes) => {
          deps.refuse(why, { ...deps.sessions.who(client), bytes });
          connection.destroy();
        },
      };
      const flow = new ConnectionFlow(connection, calls, deps.flow);
      if (frames !== undefined) holdFrames(connection, frames, new Unfinished(deps.flow.unfinished, calls.onOverstay));
      const guard = guardFrames(connection, {
        ...{ limits, flow },
        onViolation: (violation) => deps.refuse(violation, { ...deps.sessions.who(client), ...limits }),
        isAnswered: () => answered.has(client),
      });
      deps.sessions.arrived(connection, { address, certificate, heardAt: () => flow.heardAt });
      const client = aedes.handle(connection, request);
      deps.patchClient(client, {
        ...{ clock: deps.flow.clock, isStopping: deps.isStopping },
        maxQos: settings.access === 'open' ? 2 : 1,
        onMalformed: (wrong) => deps.refuse('malformed', { ...deps.sessions.who(client), wrong }),
        onLevel: () => deps.refuse('protocol-level', deps.sessions.who(client)),
        onClosed: (packets) => {
          deps.unserved(restOf(guard.sent(), packets), deps.sessions.who(client));
          deps.sessions.closed(client);
        },
      });
    },
    close: () => {
      for (const connection of open) connection.destroy();
    },
  };
};

/** What nobody looked at. A packet may have been refused, and told of, by its first byte, before it was whole. */
const restOf = ({ whole, unfinished }: SentBytes, packets: number): Rest =>
  packets > whole ? { whole: 0, unfinished: 0 } : { whole: whole - packets, unfinished };

const holdFrames = (
  connection: Duplex,
  frames: NonNullable<ConnectionOrigin['frames']>,
  unfinished: Unfinished,
): void => {
  let isOpen = true;
  frames((bytes, isAnother) => {
    if (isOpen) unfinished.holds(bytes, isAnother);
  });
  connection.once('close', () => {
    isOpen = false;
    unfinished.holds(0, false);
  });
};

const peerOf = (session: ClientSession | undefined): Peer | undefined => {
  if (session?.identity === undefined) return undefined;
  return { name: nameOf(session.identity), keepaliveMs: session.keepalive.ms };
};
