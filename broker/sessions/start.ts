import type { Aedes, Client } from 'aedes';
import type { Clock } from '#model/base/clock.ts';
import { hours } from '#model/base/duration.ts';
import type { Log } from '#model/base/log.ts';
import type { Disk } from './disk.ts';
import { engineStoreOf, isSessionPresent, replaceStore } from '#broker/mqtt/patches/sessions/persistence.ts';
import { type PersistentSession, PersistentSessions } from './persistent-sessions.ts';
import { type EncodeRecord, WriteBehind } from './write-behind.ts';
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
  /** Opened by the caller. Undefined keeps sessions in memory. */
  readonly disk: Disk | undefined;
  readonly bounds: SessionBounds;
  /** Owner of the session of a client; empty for `anyone`. */
  readonly ownerOf: (client: Client) => string;
  /** False when the credentials of the client were revoked since its authentication. */
  readonly isValid: (client: Client) => boolean;
  /** The device or gateway of a status topic. Undefined for other topics. */
  readonly statusOwnerOf: (topic: string) => string | undefined;
  /** True for a topic whose messages are not retained. */
  readonly isNotRetained: (topic: string) => boolean;
  /** Owners whose sessions may subscribe to readings. */
  readonly readingOwners: readonly string[];
}

export interface SessionFigures {
  readonly sessions: number;
  readonly waiting: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly retained: number;
  readonly retainedBytes: number;
}

/** Persistent sessions and retained messages of a broker. */
export interface SessionPersistence {
  /** True when a persistent session may have a subscription to readings. */
  hasReadingSubscribers(): boolean;
  /** Resolves when all changes so far are on disk. */
  synced(): Promise<void>;
  /** Removes the messages of a topic from all sessions; resolves when that is on disk. */
  withdraw(topic: string): Promise<void>;
  /** True when a waiting packet of this client has the packet id. */
  isInUse(clientId: string, packetId: number): boolean;
  /** True when the client has a session, or there is room for one. */
  mayPersist(client: Client): boolean;
  /** Ends the session of a client; resolves when that is on disk. */
  end(clientId: string): Promise<void>;
  /** Drops the sessions of the matching owners, with their messages. */
  drop(matches: (owner: string) => boolean): void;
  /** Status topics of the matching devices and gateways that have a retained message. */
  statusTopicsOf(matches: (owner: string) => boolean): readonly string[];
  figures(): SessionFigures;
  /** Writes the pending changes and closes the disk. Safe to call twice. */
  stop(): Promise<void>;
}

const EXPIRE_EVERY = hours(1);

/** Restores sessions and retained messages from records, and returns the number of unreadable records. */
const restore = ({ sessions, retained, writeBehind }: StoreParts, found: ReadonlyMap<string, Buffer>): number => {
  let lost = 0;
  // in the order of the keys, messages precede their sessions
  const records = [...found].map(([key, value]) => ({ key, record: readRecord(key, value) }));
  for (const { record } of records) if (record?.kind === 'session') sessions.restore(record.clientId, record.session);
  for (const { key, record } of records) {
    if (record?.kind === 'retained') retained.restore(record.topic, record.packet);
    const isOrphan =
      record?.kind === 'message' && !sessions.restoreMessage(record.clientId, record.packet, record.place);
    if (record !== undefined && !isOrphan) continue;
    writeBehind.remove(key);
    lost += 1;
  }
  return lost;
};

function* everything(sessions: PersistentSessions, retained: Retained): Generator<readonly [string, EncodeRecord]> {
  for (const session of sessions.all()) {
    yield [sessionKey(session.clientId), () => sessions.encode(session)];
    for (const { place, packet } of session.queue.all()) {
      yield [messageKey(session.clientId, place), () => encodePacket(packet)];
    }
  }
  for (const [topic, packet] of retained.all()) yield [retainedKey(topic), () => encodePacket(packet)];
}

const figuresOf = (sessions: PersistentSessions, retained: Retained): SessionFigures => ({
  sessions: sessions.size,
  waiting: sessions.waiting,
  bytes: sessions.bytes,
  dropped: sessions.dropped,
  retained: retained.size,
  retainedBytes: retained.bytes,
});

/** Tracks the connections of sessions; the time of absence starts at the disconnection. */
const trackClients = (
  aedes: Aedes,
  sessions: PersistentSessions,
  { clock, ownerOf, isValid }: StartSessionsDeps,
): void => {
  const note = (session: PersistentSession, connection: Client | undefined): void => {
    session.connection = connection;
    session.seenAt = clock.now();
    sessions.save(session);
  };
  /** Clients without a session at their registration. */
  const fresh = new WeakSet<Client>();
  aedes.on('client', (client) => {
    // `presence.ts` disconnects the client; its session is already dropped or belongs to another owner
    if (!isValid(client)) return;
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
  // the session was dropped while its client reconnected: its CONNACK is wrong, so it is closed and connects again
  aedes.on('connackSent', (connack, client) => {
    if (!isSessionPresent(connack) || !fresh.has(client)) return;
    const opened = sessions.of(client.id);
    if (opened !== undefined) sessions.remove(opened);
    client.close();
  });
  aedes.on('clientDisconnect', (client) => {
    const session = sessions.of(client.id);
    // another client may have taken over the session before
    if (session?.connection === client) note(session, undefined);
  });
};

/**
 * Replaces the store of Aedes for sessions and retained messages by one with limits, and writes them to disk. All reads are from memory;
 * the SUBACK of a persistent session, and the publish of a command or a config by ingest, wait for the sync.
 */
export const startSessions = async (aedes: Aedes, deps: StartSessionsDeps): Promise<SessionPersistence> => {
  const { clock, log, disk } = deps;
  const sessions: PersistentSessions = new PersistentSessions({ ...deps, writeBehind: () => writeBehind });
  const retained: Retained = new Retained(() => writeBehind, deps.retained, deps.statusOwnerOf);
  const writeBehind: WriteBehind = new WriteBehind({ clock, log, disk, all: () => everything(sessions, retained) });
  const engine = engineStoreOf(aedes);
  const parts = { sessions, retained, writeBehind, engine, deps };
  const lost = restore(parts, disk?.found ?? new Map());
  if (lost > 0) log.warn('records of persistent sessions could not be read', { records: lost });
  for (const { clientId, filters } of sessions.all()) {
    await engine.addSubscriptions({ id: clientId }, [...filters.values()]);
  }
  replaceStore(aedes, makeStore(parts));
  trackClients(aedes, sessions, deps);
  const logRemoved = ({ clientId, filters }: PersistentSession, message: string): void => {
    log.info(message, { client: clientId });
    void engine.removeSubscriptions({ id: clientId }, [...filters.keys()]);
  };
  const expiring = clock.every(EXPIRE_EVERY, () => {
    for (const session of sessions.expire()) logRemoved(session, 'persistent session expired');
  });
  return {
    hasReadingSubscribers: () => deps.readingOwners.some((owner) => sessions.hasSubscriptions(owner)),
    synced: () => writeBehind.synced(),
    withdraw: (topic) => {
      sessions.withdraw(topic);
      return writeBehind.synced();
    },
    isInUse: (clientId, packetId) => sessions.of(clientId)?.queue.hasId(packetId) === true,
    mayPersist: (client) => sessions.hasRoomFor({ clientId: client.id, owner: deps.ownerOf(client) }),
    end: async (clientId) => {
      const session = sessions.of(clientId);
      if (session !== undefined) {
        sessions.remove(session);
        await engine.removeSubscriptions({ id: clientId }, [...session.filters.keys()]);
      }
      // also for a session that was dropped just before
      await writeBehind.written(sessionKey(clientId));
    },
    drop: (matches) => {
      for (const session of sessions.all()) {
        if (!matches(session.owner)) continue;
        sessions.remove(session);
        logRemoved(session, 'persistent session of a revoked device dropped');
      }
    },
    statusTopicsOf: (matches) => retained.statusTopicsOf(matches),
    figures: () => figuresOf(sessions, retained),
    stop: async () => {
      expiring.stop();
      await writeBehind.stop();
    },
  };
};
