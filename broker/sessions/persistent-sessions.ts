import type { Clock } from '#model/base/clock.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';
import type { WriteBehind } from './write-behind.ts';
import { type OutgoingPacket, OutgoingQueue, sizeOf, type WaitingMessages } from './outgoing.ts';
import {
  encodePacket,
  encodeSession,
  type TopicFilter,
  messageKey,
  sessionKey,
  type SessionRecord,
} from './records.ts';
import type { SessionBounds } from './settings.ts';

/** A session that outlives its connection: what it is subscribed to, and what waits for it. */
export interface PersistentSession {
  readonly clientId: string;
  /** Role and name of whose it is, such as `device pbg-r03`; empty where nobody is told apart. */
  readonly owner: string;
  readonly filters: Map<string, TopicFilter>;
  readonly queue: OutgoingQueue;
  seenAt: Instant;
  /** The client that is connected with it. */
  connection: object | undefined;
  isDropping: boolean;
}

/** Whose session is to be kept. */
export interface PersistentClient {
  readonly clientId: string;
  readonly owner: string;
  readonly connection: object;
}

export interface PersistentSessionsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds: SessionBounds;
  readonly mirror: () => WriteBehind;
}

const isEmpty = ({ filters, queue }: PersistentSession): boolean => filters.size === 0 && queue.size === 0;

/** Sessions by client id, held to their bounds: how many, how much waits for each and for all, how long absent. */
export class PersistentSessions {
  readonly #deps: PersistentSessionsDeps;
  readonly #sessions = new Map<string, PersistentSession>();
  readonly #byOwner = new Map<string, Set<PersistentSession>>();
  /** Answers of `isHearing`, until a session of that owner changes. */
  readonly #hearing = new Map<string, boolean>();
  #bytes = 0;
  #dropped = 0;

  constructor(deps: PersistentSessionsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Bytes that wait for all of them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Messages given up because a bound was reached. */
  get dropped(): number {
    return this.#dropped;
  }

  get waiting(): number {
    return this.all().reduce((sum, { queue }) => sum + queue.size, 0);
  }

  all(): readonly PersistentSession[] {
    return [...this.#sessions.values()];
  }

  of(clientId: string): PersistentSession | undefined {
    return this.#sessions.get(clientId);
  }

  /** Is a session of this owner subscribed to anything? Asked for every reading. */
  isHearing(owner: string): boolean {
    const known = this.#hearing.get(owner);
    if (known !== undefined) return known;
    const isHearing = [...(this.#byOwner.get(owner) ?? [])].some(({ filters }) => filters.size > 0);
    this.#hearing.set(owner, isHearing);
    return isHearing;
  }

  /** A session that was found on disk. One that was connected when the broker ended was seen just then. */
  restore(clientId: string, { owner, seenAt, isConnected, filters }: SessionRecord): void {
    this.#add({
      ...{ clientId, owner, connection: undefined, isDropping: false, queue: new OutgoingQueue() },
      seenAt: isConnected ? this.#deps.clock.now() : seenAt,
      filters: new Map(filters.map((filter) => [filter.topic, filter])),
    });
  }

  restoreMessage(clientId: string, packet: OutgoingPacket, place: number): boolean {
    const session = this.of(clientId);
    if (session === undefined) return false;
    this.#bytes += session.queue.add(packet, place).bytes;
    return true;
  }

  /**
   * The session of a client, made where there is room for it: the one of its owner that was absent longest makes room.
   * Undefined where every other of its owner is connected, and where there are as many as may be in all.
   */
  keep(
    client: PersistentClient,
  ): { readonly session: PersistentSession; readonly evicted?: PersistentSession } | undefined {
    const { clientId, owner } = client;
    const known = this.of(clientId);
    if (known !== undefined) return { session: known };
    const room = this.#roomFor(owner);
    if (room === undefined) return undefined;
    if (room.evicted !== undefined) this.remove(room.evicted);
    return { session: this.#make(client), ...room };
  }

  /**
   * The session of a client that is subscribed to nothing yet. It gets half the room there is, and none from a session
   * that is subscribed: undefined where it is not kept.
   */
  open(client: PersistentClient): PersistentSession | undefined {
    const room = this.size < this.#deps.bounds.all / 2 ? this.#roomFor(client.owner) : undefined;
    if (room === undefined || (room.evicted !== undefined && !isEmpty(room.evicted))) return undefined;
    if (room.evicted !== undefined) this.remove(room.evicted);
    return this.#make(client);
  }

  /** Would it be kept? */
  mayKeep({ clientId, owner }: Omit<PersistentClient, 'connection'>): boolean {
    return this.#sessions.has(clientId) || this.#roomFor(owner) !== undefined;
  }

  /** Its filters, or who is there, have changed. */
  save(session: PersistentSession): void {
    this.#hearing.delete(session.owner);
    this.#deps.mirror().put(sessionKey(session.clientId), () => this.encode(session));
  }

  encode({ owner, seenAt, connection, filters }: PersistentSession): Buffer {
    return encodeSession({ owner, seenAt, isConnected: connection !== undefined, filters: [...filters.values()] });
  }

  remove(session: PersistentSession): void {
    for (const waiting of session.queue.all()) this.#take(session, waiting);
    this.#sessions.delete(session.clientId);
    this.#hearing.delete(session.owner);
    const siblings = this.#byOwner.get(session.owner);
    siblings?.delete(session);
    if (siblings?.size === 0) this.#byOwner.delete(session.owner);
    this.#deps.mirror().remove(sessionKey(session.clientId));
  }

  /** Client ids of those that were absent for too long; they are gone. */
  expire(): readonly PersistentSession[] {
    const before = this.#deps.clock.now() - this.#deps.bounds.absent.ms;
    const gone = this.all().filter(({ connection, seenAt }) => connection === undefined && seenAt < before);
    for (const session of gone) this.remove(session);
    return gone;
  }

  /** Puts a packet at the end of a session's queue; the oldest make room, and what is larger than all room is dropped. */
  enqueue(session: PersistentSession, packet: OutgoingPacket): void {
    const waiting = session.queue.add(packet);
    this.#bytes += waiting.bytes;
    this.#write(session, waiting);
    const { messages, bytes, allBytes } = this.#deps.bounds;
    const { queue } = session;
    while (queue.size > messages || queue.bytes > bytes || (this.#bytes > allBytes && queue.size > 0)) {
      this.#drop(session);
    }
  }

  /** The same where nothing has to make room for it. */
  enqueueIfRoom(session: PersistentSession, packet: OutgoingPacket): void {
    const { messages, bytes, allBytes } = this.#deps.bounds;
    const { queue } = session;
    const size = sizeOf(packet);
    const isRoom = queue.size < messages && queue.bytes + size <= bytes && this.#bytes + size <= allBytes;
    if (isRoom) this.enqueue(session, packet);
  }

  update(session: PersistentSession, packet: OutgoingPacket): void {
    const before = session.queue.bytes;
    const waiting = session.queue.update(packet);
    if (waiting === undefined) return;
    this.#bytes += session.queue.bytes - before;
    this.#write(session, waiting);
  }

  /** What was delivered is waited for no more; gives it. */
  delivered(session: PersistentSession, packet: OutgoingPacket): OutgoingPacket | undefined {
    const waiting = session.queue.find(packet);
    if (waiting === undefined) return undefined;
    this.#take(session, waiting);
    if (session.queue.size === 0) session.isDropping = false;
    return waiting.packet;
  }

  /** Takes what waits on a topic out of every queue. */
  withdraw(topic: string): void {
    for (const session of this.#sessions.values()) {
      for (const waiting of session.queue.all()) if (waiting.packet.topic === topic) this.#take(session, waiting);
    }
  }

  #roomFor(owner: string): { readonly evicted?: PersistentSession } | undefined {
    const { perOwner, all } = this.#deps.bounds;
    const siblings = owner === '' ? undefined : this.#byOwner.get(owner);
    if (siblings === undefined || siblings.size < perOwner) return this.size < all ? {} : undefined;
    const absent = [...siblings].filter(({ connection }) => connection === undefined);
    const [evicted] = absent.toSorted((a, b) => Number(isEmpty(b)) - Number(isEmpty(a)) || a.seenAt - b.seenAt);
    return evicted && { evicted };
  }

  #make({ clientId, owner, connection }: PersistentClient): PersistentSession {
    const session = {
      ...{ clientId, owner, connection, isDropping: false },
      ...{ seenAt: this.#deps.clock.now(), filters: new Map<string, TopicFilter>(), queue: new OutgoingQueue() },
    };
    this.#add(session);
    return session;
  }

  #add(session: PersistentSession): void {
    this.#hearing.delete(session.owner);
    this.#sessions.set(session.clientId, session);
    const siblings = this.#byOwner.get(session.owner);
    if (siblings === undefined) this.#byOwner.set(session.owner, new Set([session]));
    else siblings.add(session);
  }

  #drop(session: PersistentSession): void {
    const oldest = session.queue.oldest();
    if (oldest === undefined) return;
    this.#take(session, oldest);
    this.#dropped += 1;
    if (session.isDropping) return;
    session.isDropping = true;
    const { clientId, queue } = session;
    this.#deps.log.warn('the oldest messages of a kept session are dropped', {
      ...{ client: clientId, waiting: queue.size, bytes: queue.bytes },
    });
  }

  #take(session: PersistentSession, waiting: WaitingMessages): void {
    session.queue.remove(waiting);
    this.#bytes -= waiting.bytes;
    this.#deps.mirror().remove(messageKey(session.clientId, waiting.place));
  }

  #write({ clientId }: PersistentSession, { place, packet }: WaitingMessages): void {
    this.#deps.mirror().put(messageKey(clientId, place), () => encodePacket(packet));
  }
}
