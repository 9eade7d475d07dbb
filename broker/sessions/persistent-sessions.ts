import type { Clock } from '#model/base/clock.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';
import type { WriteBehind } from './write-behind.ts';
import { type OutgoingPacket, OutgoingQueue, sizeOf, type WaitingMessage } from './outgoing.ts';
import {
  encodePacket,
  encodeSession,
  type TopicFilter,
  messageKey,
  sessionKey,
  type SessionRecord,
} from './records.ts';
import type { SessionBounds } from './settings.ts';

/** A persistent session: its subscriptions and its waiting messages. */
export interface PersistentSession {
  readonly clientId: string;
  /** Owner for the limit per owner, as role and name: `device pbg-r03`. Empty for `anyone`. */
  readonly owner: string;
  readonly filters: Map<string, TopicFilter>;
  readonly queue: OutgoingQueue;
  seenAt: Instant;
  /** The connected client. Undefined while the session is absent. */
  connection: object | undefined;
  isDropping: boolean;
}

/** A client with a persistent session. */
export interface PersistentClient {
  readonly clientId: string;
  readonly owner: string;
  readonly connection: object;
}

export interface PersistentSessionsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds: SessionBounds;
  readonly writeBehind: () => WriteBehind;
}

const isEmpty = ({ filters, queue }: PersistentSession): boolean => filters.size === 0 && queue.size === 0;

/** Persistent sessions by client id, within their limits: number, waiting messages of each and of all, time of absence. */
export class PersistentSessions {
  readonly #deps: PersistentSessionsDeps;
  readonly #sessions = new Map<string, PersistentSession>();
  readonly #byOwner = new Map<string, Set<PersistentSession>>();
  /** Answers of `hasSubscriptions`, until a session of that owner changes. */
  readonly #subscribed = new Map<string, boolean>();
  #bytes = 0;
  #dropped = 0;

  constructor(deps: PersistentSessionsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Bytes of all waiting messages. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of messages that were dropped at a limit. */
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

  /** True when a session of this owner has a subscription. Called for each reading. */
  hasSubscriptions(owner: string): boolean {
    const known = this.#subscribed.get(owner);
    if (known !== undefined) return known;
    const hasSubscriptions = [...(this.#byOwner.get(owner) ?? [])].some(({ filters }) => filters.size > 0);
    this.#subscribed.set(owner, hasSubscriptions);
    return hasSubscriptions;
  }

  /** Adds a session from disk. A session that was connected at the end of the broker counts as seen now. */
  restore(clientId: string, { owner, seenAt, isConnected, filters }: SessionRecord): void {
    this.#add({
      clientId,
      owner,
      connection: undefined,
      isDropping: false,
      queue: new OutgoingQueue(),
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
   * The session of a client; a new one evicts the session of its owner that was absent longest. Undefined when all other sessions of the
   * owner are connected, and at the limit of all sessions.
   */
  obtain(
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
   * A session for a client without subscriptions. Such sessions use half of the limit at most, and evict only sessions without
   * subscriptions. Undefined without room.
   */
  open(client: PersistentClient): PersistentSession | undefined {
    const room = this.size < this.#deps.bounds.all / 2 ? this.#roomFor(client.owner) : undefined;
    if (room === undefined || (room.evicted !== undefined && !isEmpty(room.evicted))) return undefined;
    if (room.evicted !== undefined) this.remove(room.evicted);
    return this.#make(client);
  }

  /** True when the client has a session, or there is room for one. */
  hasRoomFor({ clientId, owner }: Omit<PersistentClient, 'connection'>): boolean {
    return this.#sessions.has(clientId) || this.#roomFor(owner) !== undefined;
  }

  /** Writes a session after a change of its filters or its connection. */
  save(session: PersistentSession): void {
    this.#subscribed.delete(session.owner);
    this.#deps.writeBehind().put(sessionKey(session.clientId), () => this.encode(session));
  }

  encode({ owner, seenAt, connection, filters }: PersistentSession): Buffer {
    return encodeSession({ owner, seenAt, isConnected: connection !== undefined, filters: [...filters.values()] });
  }

  remove(session: PersistentSession): void {
    for (const waiting of session.queue.all()) this.#take(session, waiting);
    this.#sessions.delete(session.clientId);
    this.#subscribed.delete(session.owner);
    const siblings = this.#byOwner.get(session.owner);
    siblings?.delete(session);
    if (siblings?.size === 0) this.#byOwner.delete(session.owner);
    this.#deps.writeBehind().remove(sessionKey(session.clientId));
  }

  /** Removes the sessions that were absent for too long, and returns them. */
  expire(): readonly PersistentSession[] {
    const before = this.#deps.clock.now() - this.#deps.bounds.absent.ms;
    const expired = this.all().filter(({ connection, seenAt }) => connection === undefined && seenAt < before);
    for (const session of expired) this.remove(session);
    return expired;
  }

  /** Appends a packet to the queue of a session. It evicts the oldest ones; a packet above the limit is dropped. */
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

  /** Appends a packet when this evicts none. */
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

  /** Removes a delivered packet and returns it. */
  delivered(session: PersistentSession, packet: OutgoingPacket): OutgoingPacket | undefined {
    const waiting = session.queue.find(packet);
    if (waiting === undefined) return undefined;
    this.#take(session, waiting);
    if (session.queue.size === 0) session.isDropping = false;
    return waiting.packet;
  }

  /** Removes the packets of a topic from all queues. */
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
      clientId,
      owner,
      connection,
      isDropping: false,
      seenAt: this.#deps.clock.now(),
      filters: new Map<string, TopicFilter>(),
      queue: new OutgoingQueue(),
    };
    this.#add(session);
    return session;
  }

  #add(session: PersistentSession): void {
    this.#subscribed.delete(session.owner);
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
    this.#deps.log.warn('oldest messages of a persistent session dropped', {
      client: clientId,
      waiting: queue.size,
      bytes: queue.bytes,
    });
  }

  #take(session: PersistentSession, waiting: WaitingMessage): void {
    session.queue.remove(waiting);
    this.#bytes -= waiting.bytes;
    this.#deps.writeBehind().remove(messageKey(session.clientId, waiting.place));
  }

  #write({ clientId }: PersistentSession, { place, packet }: WaitingMessage): void {
    this.#deps.writeBehind().put(messageKey(clientId, place), () => encodePacket(packet));
  }
}
