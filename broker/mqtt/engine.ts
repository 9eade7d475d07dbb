import { Aedes, type AedesOptions, type Client } from 'aedes';
import type { Clock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import type { Log } from '#model/base/log.ts';
import { type OnPublishDeps, createOnPublish } from '#broker/publish/on-publish.ts';
import { type EnginePatches, applyPatches } from './patches/apply.ts';
import { skipRouting } from './patches/delivery/skip-routing.ts';
import { limitOf } from './patches/limit-errors.ts';
import { ReadingSubscribers } from '#broker/publish/reading-subscribers.ts';
import { createAuthenticate, createPreConnect, type KeepaliveBounds } from '#broker/auth/authenticate.ts';
import { type Deregistered, tellerOf } from '#broker/auth/deregistered.ts';
import { type Directory, type Identify, type ClientIdentity, ownerName } from '#broker/auth/identity.ts';
import type { OtherVersions } from './other-versions.ts';
import type { Disk } from '#broker/sessions/disk.ts';
import { type SessionPersistence, startSessions } from '#broker/sessions/start.ts';
import type { CountLimited, Refuse } from '#broker/metrics/refusals.ts';
import type { Sessions } from '#broker/publish/session.ts';
import type { BrokerSettings } from '#broker/settings.ts';
import { createAuthorizeForward, createAuthorizeSubscribe } from '#broker/auth/authorize-subscribe.ts';

/** Aedes without its hooks. */
const options = (settings: BrokerSettings): AedesOptions => ({
  // a subscriber that stopped reading holds one slot for each packet until `drainTimeout` cuts it
  concurrency: 1_000,
  connectTimeout: settings.connectTimeout.ms,
  drainTimeout: settings.drainTimeout.ms,
  // a device may do without keepalive: its silence is told by its readings, not by its socket
  keepaliveLimit: 0,
  maxInflightInbound: settings.limits.releasesPerClient,
  maxTopicLevels: settings.limits.topicLevels,
});

/** A conformance suite is owed every second of [MQTT-3.1.2-24]. */
const keepaliveBounds = ({ access, limits }: BrokerSettings): KeepaliveBounds => ({
  least: access === 'open' ? seconds(0) : limits.keepaliveLeast,
  most: limits.keepaliveMost,
});

export interface EngineDeps extends Omit<OnPublishDeps, 'limits'> {
  readonly limited: CountLimited;
  readonly identify: Identify;
  readonly credentials: Directory;
  readonly gone: Deregistered;
  readonly otherVersions: OtherVersions;
  /** Does what someone has shown still count? */
  readonly isStanding: (identity: ClientIdentity) => boolean;
  readonly log: Log;
  readonly clock: Clock;
  /** Tells how long sessions were absent. */
  readonly trustedClock: Clock;
  /** Where sessions and retained messages outlive the broker; undefined keeps them in memory. */
  readonly disk: Disk | undefined;
}

export interface Engine {
  readonly aedes: Aedes;
  readonly patches: EnginePatches;
  readonly persistence: SessionPersistence;
}

/** The MQTT engine with our hooks in it. It listens nowhere: `door.ts` hands it connections. */
export const startAedes = async (settings: BrokerSettings, deps: EngineDeps): Promise<Engine> => {
  const { sessions, refuse } = deps;
  const identify: Identify = settings.access === 'open' ? () => ({ role: 'anyone' }) : deps.identify;
  const audience = new ReadingSubscribers(() => persistence.hasListeners());
  const aedes = await Aedes.createBroker({
    ...options(settings),
    preConnect: createPreConnect({ ...deps, identify }, keepaliveBounds(settings)),
    authenticate: createAuthenticate({
      sessions,
      identify,
      refuse,
      directory: deps.credentials,
      limits: settings.limits,
      otherVersions: deps.otherVersions,
    }),
    authorizePublish: createOnPublish({ ...deps, limits: settings.limits }),
    authorizeSubscribe: createAuthorizeSubscribe({
      sessions,
      audience,
      refuse,
      topicBytes: settings.limits.topicBytes,
      mayKeep: (client) => persistence.mayKeep(client),
    }),
    authorizeForward: createAuthorizeForward(sessions),
  });
  const persistence: SessionPersistence = await startSessions(aedes, {
    ...{ clock: deps.trustedClock, log: deps.log, disk: deps.disk, bounds: settings.sessions },
    ...{ retained: settings.limits, limited: deps.limited },
    ownerOf: (client) => ownerName(sessions.of(client)?.identity),
    isStanding: (client) => {
      const identity = sessions.of(client)?.identity;
      return identity === undefined || deps.isStanding(identity);
    },
    tellerOf,
    isUnkept: deps.gone.isStatus,
    listeners: ['operator', ''],
  });
  listen(aedes, deps.log, { sessions, audience, refuse });
  skipRouting(
    aedes,
    (client, { topic }) => audience.isEmpty && sessions.of(client)?.rightTo(topic)?.kind === 'readings',
  );
  const isHeld = (client: Client, filter: string): boolean =>
    Buffer.byteLength(filter) <= settings.limits.topicBytes && sessions.of(client)?.hold(filter) === 'granted';
  const patches = applyPatches(aedes, {
    isAllowed: isHeld,
    persistence,
    maxReleases: settings.limits.releasesInAll,
    onForgotten: (client) => deps.limited('releases', { client }),
  });
  return { aedes, patches, persistence };
};

interface EngineListeners {
  readonly sessions: Sessions;
  readonly audience: ReadingSubscribers;
  readonly refuse: Refuse;
}

const listen = (aedes: Aedes, log: Log, { sessions, audience, refuse }: EngineListeners): void => {
  const failed = (client: Client, { message }: Error): void => {
    // what was still under way fails for the same reason, packet by packet
    if (client.closed) return;
    const limit = limitOf({ message });
    const who = sessions.who(client);
    if (limit !== undefined) refuse(limit, { ...who, wrong: message });
    else log.debug('connection failed', { ...who, error: message });
  };
  aedes.on('clientError', failed);
  aedes.on('connectionError', failed);
  aedes.on('keepaliveTimeout', (client) => log.info('keepalive ran out', sessions.who(client)));
  aedes.on('clientDisconnect', (client) => audience.gone(client));
  aedes.on('unsubscribe', (filters, client) => {
    for (const filter of filters) sessions.of(client)?.unsubscribed(filter);
    audience.left(client, filters);
  });
};
