import type { Clock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import { isLoopback } from '#model/limits/address.ts';
import { RateLimiters } from '#model/limits/allowances.ts';
import { ConnectionLimiter } from '#model/limits/connection-limiter.ts';
import type { Log } from '#model/base/log.ts';
import type { Secret } from '#model/base/secret.ts';
import type { JournalWriter } from '#journal/journal.ts';
import { Acknowledger } from './publish/acknowledger.ts';
import { createCounts } from './metrics/counts.ts';
import { createConnectionHandler } from './net/connections.ts';
import { startAedes } from './mqtt/engine.ts';
import { createDeregistered, forgetDeregistered } from './auth/deregistered.ts';
import { type Credentials, type ClientIdentity, createIdentify, isStanding } from './auth/identity.ts';
import { createControlCalls } from './control/calls.ts';
import { Backpressure, UNFINISHED_SHARE } from './net/backpressure.ts';
import { UnfinishedPackets } from './net/unfinished.ts';
import { startListeners } from './net/listeners.ts';
import { startLocalSocket } from './control/local-socket.ts';
import { createMetrics } from './metrics/metrics.ts';
import { OtherVersions } from './mqtt/other-versions.ts';
import type { Disk } from './sessions/disk.ts';
import { watchPresence } from './publish/presence.ts';
import { createLimited, createRefuse, createUnserved } from './metrics/refusals.ts';
import { Sessions } from './publish/session.ts';
import type { BrokerSettings } from './settings.ts';
import { startTlsFiles } from './net/tls.ts';

export interface BrokerDeps {
  readonly clock: Clock;
  /** Tells how long sessions were absent; the clock where there is none. */
  readonly trustedClock?: Clock;
  readonly log: Log;
  /** Opened and stopped by the caller. */
  readonly journal: JournalWriter;
  readonly credentials: Credentials;
  /** Of the local socket (`model/base/broker-api.ts`). */
  readonly socketPath: string;
  readonly operatorToken: Secret | undefined;
  /** Of kept sessions and retained messages, opened by the caller and closed here; without one they end with the broker. */
  readonly disk?: Disk | undefined;
}

export interface Broker {
  /** Ports as they were bound. */
  readonly mqttPort: number;
  readonly wsPort: number;
  readonly tlsPort: number | undefined;
  readonly wssPort: number | undefined;
  readonly socketPath: string;
  /** Reads certificates, authority and revocation list again, now. */
  reloadTls(): void;
  /** Takes in no more, acknowledges what is under way, closes every connection. Safe to call twice. */
  stop(): Promise<void>;
}

const NONE_REVOKED = { isRevoked: () => false };

/** How long the last acknowledgements get to leave before their sockets are closed. */
const FAREWELL = milliseconds(20);

/** Who may come in and how much of it, before there is an engine or a listener. */
const makeGuards = async (settings: BrokerSettings, { clock, log, journal, credentials }: BrokerDeps) => {
  const { limits } = settings;
  const counts = createCounts();
  const refuse = createRefuse({ counts, clock, log });
  const sessions = new Sessions(credentials, limits);
  const pressure = new Backpressure(limits.inFlightBytes);
  const unfinished = new UnfinishedPackets(
    {
      // one packet has to fit, in small pieces too
      most: Math.max(limits.inFlightBytes * UNFINISHED_SHARE, 2 * settings.maxPacketBytes),
      packetTimeout: limits.packetTimeout,
    },
    { clock, pressure },
  );
  const cutRevoked = (): void => {
    const cut = sessions.cut((identity) => !isKnown(identity));
    for (let i = 0; i < cut; i += 1) refuse('revoked');
  };
  const tlsFiles =
    settings.tls === undefined
      ? undefined
      : await startTlsFiles(settings.tls, { clock, log, onRevoked: () => cutRevoked() });
  const isKnown = (identity: ClientIdentity): boolean => isStanding(identity, credentials, tlsFiles ?? NONE_REVOKED);
  return {
    ...{ counts, refuse, sessions, pressure, unfinished, cutRevoked, tlsFiles },
    isStanding: isKnown,
    limited: createLimited({ counts, clock, log }),
    unserved: createUnserved({ counts, clock, log }),
    acknowledger: new Acknowledger({ journal, clock, log, changed: (bytes) => pressure.changed(bytes) }),
    entrance: new ConnectionLimiter(
      { ...limits, connections: settings.maxConnections },
      { refuse, clock, isExempt: (address) => limits.exemptLoopback && isLoopback(address) },
    ),
    allowances: new RateLimiters(limits, clock),
    otherVersions: new OtherVersions(),
  };
};

/** The MQTT engine with the journal before its acknowledgements, and the door in front of it. */
const startHouse = async (
  settings: BrokerSettings,
  deps: BrokerDeps,
  guards: Awaited<ReturnType<typeof makeGuards>>,
  isStopping: () => boolean,
) => {
  const { clock, journal, credentials } = deps;
  const { sessions, refuse, limited, pressure, unfinished, allowances } = guards;
  const gone = createDeregistered(settings.access === 'open' ? { ...credentials, isThere: () => false } : credentials);
  const shared = { ...deps, ...guards, isStopping };
  const { aedes, patches, persistence } = await startAedes(settings, {
    ...shared,
    identify: createIdentify(credentials, deps.operatorToken),
    disk: deps.disk,
    trustedClock: deps.trustedClock ?? clock,
    gone,
  });
  const door = createConnectionHandler(aedes, settings, {
    ...{ refuse, unserved: guards.unserved, patchClient: patches.patchClient, sessions, isStopping },
    flow: { allowances, pressure, unfinished, clock, limited },
  });
  const metrics = createMetrics({
    ...guards,
    journal,
    connections: () => sessions.size,
    queued: patches.queued,
    kept: persistence.figures,
  });
  watchPresence(aedes, shared);
  // one may have gone while no broker ran
  forgetDeregistered(gone, { aedes, persistence });
  credentials.onChange(() => {
    guards.cutRevoked();
    forgetDeregistered(gone, { aedes, persistence });
  });
  return { aedes, persistence, door, calls: createControlCalls({ ...shared, aedes, metrics, persistence }) };
};

/**
 * The door: listeners, identity, access, and the journal before every acknowledgement.
 * @throws Fault `PORT_IN_USE`, `SETTING_INVALID`, `DATA_LOCKED`
 */
export const startBroker = async (settings: BrokerSettings, deps: BrokerDeps): Promise<Broker> => {
  const { clock, log } = deps;
  let isStopping = false;
  const guards = await makeGuards(settings, deps);
  const { acknowledger, allowances, unfinished, entrance, refuse, tlsFiles } = guards;
  const { aedes, persistence, door, calls } = await startHouse(settings, deps, guards, () => isStopping);

  const entrances: { stop(): void | Promise<void> }[] = [];
  const drain = async (): Promise<void> => {
    isStopping = true;
    tlsFiles?.stop();
    const closed = Promise.all(entrances.map(async (way) => way.stop()));
    await acknowledger.drained();
    await clock.sleep(FAREWELL);
    await new Promise<void>((resolve) => aedes.close(resolve));
    await persistence.stop();
    door.close();
    acknowledger.stop();
    allowances.stop();
    unfinished.stop();
    await closed;
  };
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= drain());

  try {
    entrances.push(await startLocalSocket(deps.socketPath, settings.maxPacketBytes, calls));
    const listeners = await startListeners(settings, { door, entrance, refuse, tlsFiles });
    entrances.push(listeners);
    const { mqttPort, wsPort, tlsPort, wssPort } = listeners;
    log.info('broker started', { mqttPort, wsPort, tlsPort, wssPort, host: settings.host, access: settings.access });
    return {
      ...{ mqttPort, wsPort, tlsPort, wssPort, stop },
      socketPath: deps.socketPath,
      reloadTls: () => tlsFiles?.reload(),
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
