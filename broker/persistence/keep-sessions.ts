import { Readable } from 'node:stream';
import type { Aedes, Client } from 'aedes';
import type { Clock } from '#model/clock.ts';
import { hours } from '#model/duration.ts';
import type { Log } from '#model/log.ts';
import type { Disk } from './disk.ts';
import { type EngineStore, engineStoreOf, replaceStore, type SessionStore } from './engine-store.ts';
import { type KeptSession, KeptSessions } from './kept-sessions.ts';
import { type Encode, Mirror } from './mirror.ts';
import type { Outgoing } from './outgoing.ts';
import { encodePacket, type Filter, messageKey, readRecord, retainedKey, sessionKey } from './records.ts';
import { Retained, type RetainedBounds } from './retained.ts';
import type { Limited } from '#broker/refusals.ts';
import type { SessionBounds } from './settings.ts';

export interface KeepDeps {
  readonly retained: RetainedBounds;
  readonly limited: Limited;
  readonly clock: Clock;
  readonly log: Log;
  /** Opened by the caller; undefined keeps everything in memory. */
  readonly disk: Disk | undefined;
  readonly bounds: SessionBounds;
  /** Whose client it is, as text; empty where nobody is told apart. */
  readonly ownerOf: (client: Client) => string;
  /** Owners whose sessions may hear readings. */
  readonly listeners: readonly string[];
}

/** Kept sessions and retained messages of a broker. */
export interface Keeping {
  /** Is there a kept session that readings may have to wait for? */
  hasListeners(): boolean;
  /** Resolves once everything up to now is on disk. */
  synced(): Promise<void>;
  /** Takes what waits on a topic back from every session; resolves when that is on disk. */
  withdraw(topic: string): Promise<void>;
  /** Drops the sessions of those owners, with all that waits for them. */
  forget(isGone: (owner: string) => boolean): void;
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

/** A message goes to a session with the lower QoS of its own and the subscription's [MQTT-3.8.4-6]. */
const asSubscribed = (packet: Outgoing, qos: number | undefined): Outgoing => ({
  ...packet,
  qos: Math.min(packet.qos ?? 0, qos ?? 2),
});

const isSame = (a: Filter | undefined, b: Filter): boolean =>
  a !== undefined && a.qos === b.qos && a.rh === b.rh && a.rap === b.rap && a.nl === b.nl;

interface Parts {
  readonly sessions: KeptSessions;
  readonly retained: Retained;
  readonly mirror: Mirror;
  readonly engine: EngineStore;
  readonly deps: KeepDeps;
}

const makeStore = ({ sessions, retained, mirror, engine, deps }: Parts): SessionStore => {
  const forget = async (clientId: string, filters: Iterable<string>): Promise<void> => {
    await engine.removeSubscriptions({ id: clientId }, [...filters]);
  };
  return {
    addSubscriptions: async (client, filters) => {
      const { id } = client;
      const kept = filters.length === 0 ? undefined : sessions.keep(id, deps.ownerOf(client));
      if (kept === undefined) return;
      const { session, evicted } = kept;
      if (evicted !== undefined) {
        deps.log.warn('a kept session made room for a newer one', { client: evicted.clientId, for: id });
        await forget(evicted.clientId, evicted.filters.keys());
      }
      const changed = filters.filter((filter) => !isSame(session.filters.get(filter.topic), filter));
      if (changed.length === 0) return;
      for (const { topic, qos, rh, rap, nl } of changed) session.filters.set(topic, { topic, qos, rh, rap, nl });
      await engine.addSubscriptions({ id }, changed);
      sessions.save(session);
      await mirror.synced();
    },
    removeSubscriptions: async ({ id }, topics) => {
      await forget(id, topics);
      const session = sessions.of(id);
      if (session === undefined) return;
      for (const topic of topics) session.filters.delete(topic);
      if (session.filters.size === 0 && session.queue.size === 0) sessions.remove(session);
      else sessions.save(session);
      await mirror.synced();
    },
    cleanSubscriptions: async ({ id }) => {
      const session = sessions.of(id);
      if (session === undefined) return;
      sessions.remove(session);
      await forget(id, session.filters.keys());
    },
    storeRetained: async (packet) => {
      if (!retained.store(packet.topic ?? '', packet)) {
        deps.limited('retained', { topic: packet.topic, messages: retained.size, bytes: retained.bytes });
      }
    },
    createRetainedStream: (filter) => Readable.from(retained.matching([filter])),
    createRetainedStreamCombi: (filters) => Readable.from(retained.matching(filters)),
    outgoingEnqueue: async ({ clientId, qos }, packet) => {
      const session = sessions.of(clientId);
      if (session !== undefined) sessions.enqueue(session, asSubscribed(packet, qos));
    },
    // no waiting on the way of a message: what comes behind would overtake it, and Aedes drops what was overtaken
    outgoingEnqueueCombi: async (subscribers, packet) => {
      for (const { clientId, qos } of subscribers) {
        const session = sessions.of(clientId);
        if (session !== undefined) sessions.enqueue(session, asSubscribed(packet, qos));
      }
    },
    // one that is not here was dropped for want of room, or its session is not kept: it is delivered all the same
    outgoingUpdate: async ({ id }, packet) => {
      const session = sessions.of(id);
      if (session !== undefined) sessions.update(session, packet);
    },
    outgoingClearMessageId: async ({ id }, packet) => {
      const session = sessions.of(id);
      return session === undefined ? undefined : sessions.delivered(session, packet);
    },
    outgoingStream: ({ id }) => Readable.from((sessions.of(id)?.queue.all() ?? []).map(({ packet }) => packet)),
  };
};

/** Fills sessions and retained messages with what was found; gives what could not be read. */
const restore = ({ sessions, retained, mirror }: Parts, found: ReadonlyMap<string, Buffer>): number => {
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

function* everything(sessions: KeptSessions, retained: Retained): Generator<readonly [string, Encode]> {
  for (const session of sessions.all()) {
    yield [sessionKey(session.clientId), () => sessions.encode(session)];
    for (const { place, packet } of session.queue.all()) {
      yield [messageKey(session.clientId, place), () => encodePacket(packet)];
    }
  }
  for (const [topic, packet] of retained.all()) yield [retainedKey(topic), () => encodePacket(packet)];
}

/** Who comes and goes: how long a session was absent counts from then on. */
const watchClients = (aedes: Aedes, { sessions, deps }: Parts): void => {
  const note = (isConnected: boolean) => (client: Client) => {
    const session = sessions.of(client.id);
    if (session === undefined) return;
    session.isConnected = isConnected;
    session.seenAt = deps.clock.now();
    sessions.save(session);
  };
  aedes.on('client', note(true));
  aedes.on('clientDisconnect', note(false));
};

/**
 * Takes sessions and retained messages out of Aedes's own store into one with bounds, and mirrors them to disk. All is
 * read from memory; a SUBACK of a kept session, and ingest's publish of a command or a config, wait for the sync.
 */
export const keepSessions = async (aedes: Aedes, deps: KeepDeps): Promise<Keeping> => {
  const { clock, log, disk } = deps;
  const sessions: KeptSessions = new KeptSessions({ ...deps, mirror: () => mirror });
  const retained: Retained = new Retained(() => mirror, deps.retained);
  const mirror: Mirror = new Mirror({ clock, log, disk, all: () => everything(sessions, retained) });
  const engine = engineStoreOf(aedes);
  const parts = { sessions, retained, mirror, engine, deps };
  const lost = restore(parts, disk?.found ?? new Map());
  if (lost > 0) log.warn('records of kept sessions could not be read', { records: lost });
  for (const { clientId, filters } of sessions.all()) {
    await engine.addSubscriptions({ id: clientId }, [...filters.values()]);
  }
  replaceStore(aedes, makeStore(parts));
  watchClients(aedes, parts);
  const gone = ({ clientId, filters }: KeptSession, why: string): void => {
    log.info(why, { client: clientId });
    void engine.removeSubscriptions({ id: clientId }, [...filters.keys()]);
  };
  const expiring = clock.every(EXPIRE_EVERY, () => {
    for (const session of sessions.expire()) gone(session, 'a kept session was absent too long');
  });
  return {
    hasListeners: () => deps.listeners.some((owner) => sessions.hasOwner(owner)),
    synced: () => mirror.synced(),
    withdraw: (topic) => {
      sessions.withdraw(topic);
      return mirror.synced();
    },
    forget: (isGone) => {
      for (const session of sessions.all()) {
        if (!isGone(session.owner)) continue;
        sessions.remove(session);
        gone(session, 'the kept session of a revoked device is dropped');
      }
    },
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
