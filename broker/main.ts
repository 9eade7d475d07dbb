import type { Clock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import { isLoopback } from '#model/limits/address.ts';
import { RecentRefusals } from '#model/limits/recent-refusals.ts';
import { RateLimiters } from '#model/limits/allowances.ts';
import { ConnectionLimiter } from '#model/limits/connection-limiter.ts';
import type { Log } from '#model/base/log.ts';
import type { Secret } from '#model/base/secret.ts';
import type { JournalWriter } from '#journal/journal.ts';
import { Acknowledger } from './publish/acknowledger.ts';
import { createCounts } from './metrics/counts.ts';
import { createConnectionHandler } from './net/connections.ts';
import { startAedes } from './mqtt/engine.ts';
import { createDeregistered, dropDeregistered } from './auth/deregistered.ts';
import { type Credentials, type ClientIdentity, createIdentify, isValidIdentity } from './auth/identity.ts';
import { createControlCalls } from './control/calls.ts';
import { Backpressure, UNFINISHED_SHARE } from './net/backpressure.ts';
import { UnfinishedPackets } from './net/unfinished.ts';
import { startListeners } from './net/listeners.ts';
import { startLocalSocket } from './control/local-socket.ts';
import { createMetrics } from './metrics/metrics.ts';
import { OtherVersions } from './mqtt/other-versions.ts';
import type { Disk } from './sessions/disk.ts';
import { trackPresence } from './publish/presence.ts';
import { createNoteRefusal } from './metrics/noted-refusals.ts';
import { createLimited, createRefuse, createUnserved } from './metrics/refusals.ts';
import { Sessions } from './publish/session.ts';
import type { BrokerSettings } from './settings.ts';
import { startTlsFiles } from './net/tls.ts';

export interface BrokerDeps {
  readonly clock: Clock;
  /** Measures how long sessions are absent; `clock` by default. */
  readonly trustedClock?: Clock;
  readonly log: Log;
  /** Opened and stopped by the caller. */
  readonly journal: JournalWriter;
  readonly credentials: Credentials;
  /** Path of the local socket (`model/base/broker-api.ts`). */
  readonly socketPath: string;
  readonly operatorToken: Secret | undefined;
  /** Ports of our own pages, which may connect by WebSocket. */
  readonly pagePorts?: readonly number[];
  /** Disk of persistent sessions and retained messages, opened by the caller and closed here. Without it they are in memory only. */
  readonly disk?: Disk | undefined;
}

export interface Broker {
  /** Bound ports. */
  readonly mqttPort: number;
  readonly wsPort: number;
  readonly tlsPort: number | undefined;
  readonly wssPort: number | undefined;
  readonly socketPath: string;
  /** Reads certificates, authority and revocation list again. */
  reloadTls(): void;
  /** Refuses new packets, acknowledges pending ones, closes all connections. Safe to call twice. */
  stop(): Promise<void>;
}

const NONE_REVOKED = { isRevoked: () => false };

/** Time for the last acknowledgements to be sent before their sockets are closed. */
const FLUSH_TIME = milliseconds(20);

/** The parts that do not need the engine: counts, limits, sessions, acknowledger, TLS files. */
const createParts = async (settings: BrokerSettings, { clock, log, journal, credentials }: BrokerDeps) => {
  const { limits } = settings;
  const counts = createCounts();
  const recentRefusals = new RecentRefusals(() => clock.now());
  const note = createNoteRefusal(recentRefusals, credentials);
  const reports = { counts, clock, log, note };
  const refuse = createRefuse(reports);
  const sessions = new Sessions(credentials, limits);
  const backpressure = new Backpressure(limits.inFlightBytes);
  const unfinished = new UnfinishedPackets(
    {
      // one packet fits, also in small pieces
      most: Math.max(limits.inFlightBytes * UNFINISHED_SHARE, 2 * settings.maxPacketBytes),
      packetTimeout: limits.packetTimeout,
    },
    { clock, backpressure },
  );
  const disconnectRevoked = (): void => {
    const count = sessions.disconnect((identity) => !isValid(identity));
    for (let i = 0; i < count; i += 1) refuse('revoked');
  };
  const tlsFiles =
    settings.tls === undefined
      ? undefined
      : await startTlsFiles(settings.tls, { clock, log, onRevoked: () => disconnectRevoked() });
  const isValid = (identity: ClientIdentity): boolean =>
    isValidIdentity(identity, credentials, tlsFiles ?? NONE_REVOKED);
  return {
    counts,
    refuse,
    note,
    recentRefusals,
    sessions,
    backpressure,
    unfinished,
    disconnectRevoked,
    tlsFiles,
    isValid,
    limited: createLimited(reports),
    unserved: createUnserved(reports),
    acknowledger: new Acknowledger({ journal, clock, log, changed: (bytes) => backpressure.changed(bytes) }),
    limiter: new ConnectionLimiter(
      { ...limits, connections: settings.maxConnections },
      { refuse, clock, isExempt: (address) => limits.exemptLoopback && isLoopback(address) },
    ),
    rateLimiters: new RateLimiters(limits, clock),
    otherVersions: new OtherVersions(),
  };
};

/** The MQTT engine, which journals before it acknowledges, and the handler of its connections. */
const startMqtt = async (
  settings: BrokerSettings,
  deps: BrokerDeps,
  parts: Awaited<ReturnType<typeof createParts>>,
  stopping: AbortSignal,
) => {
  const isStopping = (): boolean => stopping.aborted;
  const { clock, journal, credentials } = deps;
  const { sessions, refuse, limited, backpressure, unfinished, rateLimiters } = parts;
  const deregistered = createDeregistered(
    settings.access === 'open' ? { ...credentials, isThere: () => false } : credentials,
  );
  const shared = { ...deps, ...parts, isStopping };
  const { aedes, patches, persistence } = await startAedes(settings, {
    ...shared,
    identify: createIdentify(credentials, deps.operatorToken),
    disk: deps.disk,
    trustedClock: deps.trustedClock ?? clock,
    deregistered,
  });
  const connections = createConnectionHandler(aedes, settings, {
    refuse,
    unserved: parts.unserved,
    patchClient: patches.patchClient,
    sessions,
    isStopping,
    flow: { rateLimiters, backpressure, unfinished, clock, limited },
  });
  const metrics = createMetrics({
    ...parts,
    journal,
    connections: () => sessions.size,
    queued: patches.queued,
    persistent: persistence.figures,
  });
  trackPresence(aedes, shared);
  // a device may have been deleted while the broker was stopped
  dropDeregistered(deregistered, { aedes, persistence });
  credentials.onChange(() => {
    parts.disconnectRevoked();
    dropDeregistered(deregistered, { aedes, persistence });
  });
  return {
    aedes,
    persistence,
    connections,
    calls: createControlCalls({ ...shared, stopping, aedes, metrics, persistence }),
  };
};

/**
 * Starts the broker: listeners, authentication, authorisation, and the journal before each acknowledgement.
 * @throws Fault `PORT_IN_USE`, `SETTING_INVALID`, `DATA_LOCKED`
 */
export const startBroker = async (settings: BrokerSettings, deps: BrokerDeps): Promise<Broker> => {
  const { clock, log } = deps;
  const stopping = new AbortController();
  const parts = await createParts(settings, deps);
  const { acknowledger, rateLimiters, unfinished, limiter, refuse, tlsFiles } = parts;
  const { aedes, persistence, connections, calls } = await startMqtt(settings, deps, parts, stopping.signal);

  const servers: { stop(): void | Promise<void> }[] = [];
  const drain = async (): Promise<void> => {
    stopping.abort();
    tlsFiles?.stop();
    const closed = Promise.all(servers.map(async (server) => server.stop()));
    await acknowledger.drained();
    await clock.sleep(FLUSH_TIME);
    await new Promise<void>((resolve) => aedes.close(resolve));
    await persistence.stop();
    connections.close();
    acknowledger.stop();
    rateLimiters.stop();
    unfinished.stop();
    await closed;
  };
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= drain());

  try {
    servers.push(await startLocalSocket(deps.socketPath, settings.maxPacketBytes, calls));
    const listeners = await startListeners(settings, {
      connections,
      limiter,
      refuse,
      tlsFiles,
      pagePorts: deps.pagePorts ?? [],
    });
    servers.push(listeners);
    const { mqttPort, wsPort, tlsPort, wssPort } = listeners;
    log.info('broker started', { mqttPort, wsPort, tlsPort, wssPort, host: settings.host, access: settings.access });
    return {
      mqttPort,
      wsPort,
      tlsPort,
      wssPort,
      stop,
      socketPath: deps.socketPath,
      reloadTls: () => tlsFiles?.reload(),
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
