import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Aedes, Client } from 'aedes';
import type { EnginePatches } from '#broker/mqtt/patches/apply.ts';
import { guardFrames, type SentBytes } from '#broker/mqtt/patches/packet-size.ts';
import { ConnectionFlow, type FlowCalls, type FlowDeps, type Peer } from './flow.ts';
import { Unfinished } from './unfinished.ts';
import { nameOf } from '#broker/auth/identity.ts';
import type { ClientCertificate } from '#broker/auth/certificate.ts';
import type { Refuse, UnservedData, ReportUnserved } from '#broker/metrics/refusals.ts';
import type { ClientSession, Sessions } from '#broker/publish/session.ts';
import type { BrokerSettings } from '#broker/settings.ts';
import type { ReportFrames } from './web-socket-frames.ts';

/** Origin of a connection. */
export interface ConnectionOrigin {
  readonly address: string | undefined;
  readonly request?: IncomingMessage;
  /** For a WebSocket: reports the memory of its frames. */
  readonly frames?: (report: ReportFrames) => void;
  /** Verified in the handshake. */
  readonly certificate?: ClientCertificate | undefined;
}

/** Handles all sockets from their first byte to their end, authenticated or not. */
export interface ConnectionHandler {
  admit(connection: Duplex, origin: ConnectionOrigin): void;
  /** Destroys the open sockets. */
  close(): void;
}

export interface ConnectionDeps {
  readonly refuse: Refuse;
  readonly unserved: ReportUnserved;
  readonly patchClient: EnginePatches['patchClient'];
  readonly sessions: Pick<Sessions, 'connecting' | 'of' | 'senderOf' | 'closed'>;
  readonly flow: FlowDeps;
  readonly isStopping: () => boolean;
}

/** Passes connections to Aedes, with a check of their packet sizes in between. */
export const createConnectionHandler = (
  aedes: Aedes,
  settings: BrokerSettings,
  deps: ConnectionDeps,
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
      // a half-closed client receives the answers to its packets
      connection.allowHalfOpen = true;
      open.add(connection);
      connection.once('close', () => open.delete(connection));
      let peer: Peer | undefined;
      const calls: FlowCalls = {
        peer: () => (peer ??= peerOf(deps.sessions.of(client), address)),
        onUnfinished: (why, bytes) => {
          deps.refuse(why, { ...deps.sessions.senderOf(client), bytes });
          connection.destroy();
        },
      };
      const flow = new ConnectionFlow(connection, calls, deps.flow);
      if (frames !== undefined)
        trackMessages(connection, frames, new Unfinished(deps.flow.unfinished, calls.onUnfinished));
      const guard = guardFrames(connection, {
        limits,
        flow,
        onViolation: (violation) => deps.refuse(violation, { ...deps.sessions.senderOf(client), ...limits }),
        isAnswered: () => answered.has(client),
      });
      deps.sessions.connecting(connection, { address, certificate, lastReadAt: () => flow.lastReadAt });
      const client = aedes.handle(connection, request);
      deps.patchClient(client, {
        clock: deps.flow.clock,
        isStopping: deps.isStopping,
        maxQos: settings.access === 'open' ? 2 : 1,
        onMalformed: (wrong) => deps.refuse('malformed', { ...deps.sessions.senderOf(client), wrong }),
        onLevel: () => deps.refuse('protocol-level', deps.sessions.senderOf(client)),
        onClosed: () => deps.sessions.closed(client),
        onLateBytes: () => void guard.sent(),
        onDrained: (packets) => {
          deps.unserved(unservedOf(guard.sent(), packets), deps.sessions.senderOf(client));
        },
      });
    },
    close: () => {
      for (const connection of open) connection.destroy();
    },
  };
};

/** Data that was not handled. A packet may have been refused because of its first byte, before it was complete. */
const unservedOf = ({ whole, unfinished }: SentBytes, packets: number): UnservedData =>
  packets > whole ? { whole: 0, unfinished: 0 } : { whole: whole - packets, unfinished };

const trackMessages = (
  connection: Duplex,
  frames: NonNullable<ConnectionOrigin['frames']>,
  unfinished: Unfinished,
): void => {
  let isOpen = true;
  frames((bytes, isAnother) => {
    if (isOpen) unfinished.update(bytes, isAnother);
  });
  connection.once('close', () => {
    isOpen = false;
    unfinished.update(0, false);
  });
};

const peerOf = (session: ClientSession | undefined, address: string | undefined): Peer | undefined => {
  if (session?.identity === undefined) return undefined;
  return { name: nameOf(session.identity), address, keepaliveMs: session.keepalive.ms };
};
