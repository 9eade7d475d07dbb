import type { Aedes, Client } from 'aedes';
import type { Clock } from '#model/base/clock.ts';
import { hours } from '#model/base/duration.ts';
import type { Log } from '#model/base/log.ts';
import type { Disk } from './disk.ts';
import { engineStoreOf, isSessionPresent, replaceStore } from '#broker/mqtt/patches/sessions/persistence.ts';
import { type PersistentSession, PersistentSessions } from './persistent-sessions.ts';
import { type Encode, WriteBehind } from './write-behind.ts';
import { encodePacket, messageKey, readRecord, retainedKey, sessionKey } from './records.ts';
import { Retained, type RetainedBounds } from './retained.ts';
import type { CountLimited } from '#broker/metrics/refusals.ts';
import { type StoreParts, makeStore } from './session-store.ts';
import type { SessionBounds } from './settings.ts';

export interface StartSessionsDeps {
  readonly retained: RetainedBounds;
  readonly limited: CountLimited;
  readonly clock: Clock;
  readonly log: Log;
  /** Opened by the caller; undefined keeps everything in memory. */
  readonly disk: Disk | undefined;
  readonly bounds: SessionBounds;
  /** Whose client it is, as text; empty where nobody is told apart. */
  readonly ownerOf: (client: Client) => string;
  /** Does what the client has shown still count? It may have been revoked since its CONNECT was judged. */
  readonly isStanding: (client: Client) => boolean;
  /** Whose state a topic tells; undefined for every other topic. */
  readonly tellerOf: (topic: string) => string | undefined;
  /** Is nothing to be retained under this topic? */
  readonly isUnkept: (topic: string) => boolean;
  /** Owners whose sessions may hear readings. */
  readonly listeners: readonly string[];
}

/** Kept sessions and retained messages of a broker. */
export interface SessionPersistence {
  /** Is there a kept session that readings may have to wait for? */
  hasListeners(): boolean;
  /** Resolves once everything up to now is on disk. */
  synced(): Promise<void>;
  /** Takes what waits on a topic back from every session; resolves when that is on disk. */
  withdraw(topic: string): Promise<void>;
  /** Does something that waits for this client have the packet id? */
  isInUse(clientId: string, packetId: number): boolean;
  /** Is there a session of this client, or room for one? */
  mayKeep(client: Client): boolean;
  /** Ends the session of a client; resolves when that is on disk. */
  end(clientId: string): Promise<void>;
  /** Drops the sessions of those owners, with all that waits for them. */
  forget(isGone: (owner: string) => boolean): void;
  /** Topics with a retained message that tell the state of those that the rule names. */
  toldBy(isAsked: (teller: string) => boolean): readonly string[];
  figures(): {
    readonly sessions: number;
    readonly waiting: number;
    readonly bytes: number;
    readonly dropped: number;
    readonly retained: number;
    readonly retainedBytes: number;
  };
  /** Writes what is not on disk yet and closes it. Safe to call twice. */
  stop(): Promise<void>;
}

const EXPIRE_EVERY = hours(1);

/** Fills sessions and retained messages with what was found; gives what could not be read. */
const restore = ({ sessions, retained, mirror }: StoreParts, found: ReadonlyMap<string, Buffer>): number => {
  let lost = 0;
  // messages come before sessions by their keys
  const records = [...found].map(([key, value]) => ({ key, record: readRecord(key, value) }));
  for (const { record } of records) if (record?.kind === 'session') sessions.restore(record.clientId, record.session);
  for (const { key, record } of records) {
    if (record?.kind === 'retained') retained.restore(record.topic, record.packet);
    const isLeft = record?.kind === 'message' && !sessions.restoreMessage(record.clientId, record.packet, record.place);
    if (record !== undefined && !isLeft) continue;
    mirror.remove(key);
    lost += 1;
  }
  return lost;
};

function* everything(sessions: PersistentSessions, retained: Retained): Generator<readonly [string, Encode]> {
  for (const session of sessions.all()) {
    yield [sessionKey(session.clientId), () => sessions.encode(session)];
    for (const { place, packet } of session.queue.all()) {
      yield [messageKey(session.clientId, place), () => encodePacket(packet)];
    }
  }
  for (const [topic, packet] of retained.all()) yield [retainedKey(topic), () => encodePacket(packet)];
}

/** Who comes and goes: how long a session was absent counts from then on. */
const watchClients = (
  aedes: Aedes,
  sessions: PersistentSessions,
  { clock, ownerOf, isStanding }: StartSessionsDeps,
): void => {
  const note = (session: PersistentSession, connection: Client | undefined): void => {
    session.connection = connection;
    session.seenAt = clock.now();
    sessions.save(session);
  };
  /** Those for whom nothing was kept when they took their place. */
  const fresh = new WeakSet<Client>();
  aedes.on('client', (client) => {
    // `presence.ts` cuts it; what it would leave is dropped already, or another's
    if (!isStanding(client)) return;
    const { id } = client;
    const known = sessions.of(id);
    if (known !== undefined) {
      note(known, client);
      return;
    }
    fresh.add(client);
    const opened = client.clean
      ? undefined
      : sessions.open({ clientId: id, owner: ownerOf(client), connection: client });
    if (opened !== undefined) sessions.save(opened);
  });
  // the session was dropped while its client came back: it was told otherwise, and is told the truth when it comes again
  aedes.on('connackSent', (connack, client) => {
    if (!isSessionPresent(connack) || !fresh.has(client)) return;
    const opened = sessions.of(client.id);
    if (opened !== undefined) sessions.remove(opened);
    client.close();
  });
  aedes.on('clientDisconnect', (client) => {
    const session = sessions.of(client.id);
    // another may have taken its place before it is gone
    if (session?.connection === client) note(session, undefined);
  });
};

/**
 * Takes sessions and retained messages out of Aedes's own store into one with bounds, and mirrors them to disk. All is
 * read from memory; a SUBACK of a kept session, and ingest's publish of a command or a config, wait for the sync.
 */
export const startSessions = async (aedes: Aedes, deps: StartSessionsDeps): Promise<SessionPersistence> => {
  const { clock, log, disk } = deps;
  const sessions: PersistentSessions = new PersistentSessions({ ...deps, mirror: () => mirror });
  const retained: Retained = new Retained(() => mirror, deps.retained, deps.tellerOf);
  const mirror: WriteBehind = new WriteBehind({ clock, log, disk, all: () => everything(sessions, retained) });
  const engine = engineStoreOf(aedes);
  const parts = { sessions, retained, mirror, engine, deps };
  const lost = restore(parts, disk?.found ?? new Map());
  if (lost > 0) log.warn('records of kept sessions could not be read', { records: lost });
  for (const { clientId, filters } of sessions.all()) {
    await engine.addSubscriptions({ id: clientId }, [...filters.values()]);
  }
  replaceStore(aedes, makeStore(parts));
  watchClients(aedes, sessions, deps);
  const gone = ({ clientId, filters }: PersistentSession, why: string): void => {
    log.info(why, { client: clientId });
    void engine.removeSubscriptions({ id: clientId }, [...filters.keys()]);
  };
  const expiring = clock.every(EXPIRE_EVERY, () => {
    for (const session of sessions.expire()) gone(session, 'a kept session was absent too long');
  });
  return {
    hasListeners: () => deps.listeners.some((owner) => sessions.isHearing(owner)),
    synced: () => mirror.synced(),
    withdraw: (topic) => {
      sessions.withdraw(topic);
      return mirror.synced();
    },
    isInUse: (clientId, packetId) => sessions.of(clientId)?.queue.hasId(packetId) === true,
    mayKeep: (client) => sessions.mayKeep({ clientId: client.id, owner: deps.ownerOf(client) }),
    end: async (clientId) => {
      const session = sessions.of(clientId);
      if (session !== undefined) {
        sessions.remove(session);
        await engine.removeSubscriptions({ id: clientId }, [...session.filters.keys()]);
      }
      // also one that was dropped just before
      await mirror.settled(sessionKey(clientId));
    },
    forget: (isGone) => {
      for (const session of sessions.all()) {
        if (!isGone(session.owner)) continue;
        sessions.remove(session);
        gone(session, 'the kept session of a revoked device is dropped');
      }
    },
    toldBy: (isAsked) => retained.toldBy(isAsked),
    figures: () => ({
      ...{ sessions: sessions.size, waiting: sessions.waiting, bytes: sessions.bytes, dropped: sessions.dropped },
      retained: retained.size,
      retainedBytes: retained.bytes,
    }),
    stop: async () => {
      expiring.stop();
      await mirror.stop();
    },
  };
};
