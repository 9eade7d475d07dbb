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
import { type Deregistered, statusOwnerOf } from '#broker/auth/deregistered.ts';
import { type Directory, type Identify, type ClientIdentity, ownerName } from '#broker/auth/identity.ts';
import type { OtherVersions } from './other-versions.ts';
import type { Disk } from '#broker/sessions/disk.ts';
import { type SessionPersistence, startSessions } from '#broker/sessions/start.ts';
import type { NoteRefusal } from '#broker/metrics/noted-refusals.ts';
import type { CountLimited, Refuse } from '#broker/metrics/refusals.ts';
import type { Sessions } from '#broker/publish/session.ts';
import type { BrokerSettings } from '#broker/settings.ts';
import { createAuthorizeForward, createAuthorizeSubscribe } from '#broker/auth/authorize-subscribe.ts';

/** Aedes without its hooks. */
const options = (settings: BrokerSettings): AedesOptions => ({
  // a subscriber that does not read occupies one slot for each packet until `drainTimeout` disconnects it
  concurrency: 1_000,
  connectTimeout: settings.connectTimeout.ms,
  drainTimeout: settings.drainTimeout.ms,
  // a device may omit the keepalive: its readings show its silence, not its socket
  keepaliveLimit: 0,
  maxInflightInbound: settings.limits.releasesPerClient,
  maxTopicLevels: settings.limits.topicLevels,
});

/** With access `open`, a conformance suite tests the exact keepalive [MQTT-3.1.2-24]. */
const keepaliveBounds = ({ access, limits }: BrokerSettings): KeepaliveBounds => ({
  least: access === 'open' ? seconds(0) : limits.keepaliveLeast,
  most: limits.keepaliveMost,
});

export interface EngineDeps extends Omit<OnPublishDeps, 'limits'> {
  readonly limited: CountLimited;
  readonly note: NoteRefusal;
  readonly identify: Identify;
  readonly credentials: Directory;
  readonly deregistered: Deregistered;
  readonly otherVersions: OtherVersions;
  /** False after the credentials of the identity were revoked. */
  readonly isValid: (identity: ClientIdentity) => boolean;
  readonly log: Log;
  readonly clock: Clock;
  /** Measures how long sessions are absent. */
  readonly trustedClock: Clock;
  /** Disk of persistent sessions and retained messages. Undefined keeps them in memory. */
  readonly disk: Disk | undefined;
}

export interface Engine {
  readonly aedes: Aedes;
  readonly patches: EnginePatches;
  readonly persistence: SessionPersistence;
}

/** Starts the MQTT engine with the hooks of the broker. Its connections come from `net/connections.ts`. */
export const startAedes = async (settings: BrokerSettings, deps: EngineDeps): Promise<Engine> => {
  const { sessions, refuse } = deps;
  const identify: Identify = settings.access === 'open' ? () => ({ role: 'anyone' }) : deps.identify;
  const subscribers = new ReadingSubscribers(() => persistence.hasReadingSubscribers());
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
      subscribers,
      refuse,
      topicBytes: settings.limits.topicBytes,
      mayPersist: (client) => persistence.mayPersist(client),
    }),
    authorizeForward: createAuthorizeForward(sessions),
  });
  const persistence: SessionPersistence = await startSessions(aedes, {
    clock: deps.trustedClock,
    log: deps.log,
    disk: deps.disk,
    bounds: settings.sessions,
    retained: settings.limits,
    limited: deps.limited,
    ownerOf: (client) => ownerName(sessions.of(client)?.identity),
    isValid: (client) => {
      const identity = sessions.of(client)?.identity;
      return identity === undefined || deps.isValid(identity);
    },
    statusOwnerOf,
    isNotRetained: deps.deregistered.isStatus,
    readingOwners: ['operator', ''],
  });
  listen(aedes, deps.log, { sessions, subscribers, refuse });
  skipRouting(
    aedes,
    (client, { topic }) => subscribers.isEmpty && sessions.of(client)?.rightTo(topic)?.kind === 'readings',
  );
  const mayHold = (client: Client, filter: string): boolean =>
    Buffer.byteLength(filter) <= settings.limits.topicBytes && sessions.of(client)?.addFilter(filter) === 'granted';
  const patches = applyPatches(aedes, {
    isAllowed: mayHold,
    persistence,
    maxReleases: settings.limits.releasesTotal,
    onForgotten: (client) => deps.limited('releases', { client }),
    onTakenOver: (before, by) =>
      deps.note('taken-over', { ...sessions.senderOf(before), by: sessions.senderOf(by).address }),
  });
  return { aedes, patches, persistence };
};

interface EngineListeners {
  readonly sessions: Sessions;
  readonly subscribers: ReadingSubscribers;
  readonly refuse: Refuse;
}

const listen = (aedes: Aedes, log: Log, { sessions, subscribers, refuse }: EngineListeners): void => {
  const failed = (client: Client, { message }: Error): void => {
    // the pending packets fail one by one for the same reason
    if (client.closed) return;
    const limit = limitOf({ message });
    const sender = sessions.senderOf(client);
    if (limit !== undefined) refuse(limit, { ...sender, wrong: message });
    else log.debug('connection failed', { ...sender, error: message });
  };
  aedes.on('clientError', failed);
  aedes.on('connectionError', failed);
  aedes.on('keepaliveTimeout', (client) => log.info('keepalive timed out', sessions.senderOf(client)));
  aedes.on('clientDisconnect', (client) => subscribers.disconnected(client));
  aedes.on('unsubscribe', (filters, client) => {
    for (const filter of filters) sessions.of(client)?.removeFilter(filter);
    subscribers.unsubscribed(client, filters);
  });
};
