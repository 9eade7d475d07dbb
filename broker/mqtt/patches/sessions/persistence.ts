/**
 * Patch: the store of sessions and retained messages.
 *
 * Upstream: the in-memory store of Aedes has no limits and loses everything when the broker stops. A store of our own could be
 * given to Aedes, but the search for subscribers by topic (a trie) exists inside the in-memory store only. So the methods for
 * sessions and retained messages are replaced one by one, and the trie stays.
 * Clause: none; section 4.1 leaves the lifetime of state to the server.
 * Seen on: Aedes 1.2.0, aedes-persistence 11.0.0.
 */
import type { Aedes, Client } from 'aedes';
import { hasMethods, missing, persistenceOf } from '#broker/mqtt/patches/internals.ts';
import type { OutgoingPacket } from '#broker/sessions/outgoing.ts';
import type { TopicFilter } from '#broker/sessions/records.ts';

export interface ClientId {
  readonly id: string;
}

/** The part of the in-memory store that stays in use: it finds the subscribers of a topic. */
export interface EngineStore {
  addSubscriptions(client: ClientId, filters: readonly TopicFilter[]): Promise<unknown>;
  removeSubscriptions(client: ClientId, topics: readonly string[]): Promise<unknown>;
  subscriptionsByClient(client: ClientId): Promise<readonly TopicFilter[]>;
}

/** The methods that replace those of the in-memory store, by their names in Aedes. */
export interface SessionStore extends Omit<EngineStore, 'addSubscriptions'> {
  addSubscriptions(client: Client, filters: readonly TopicFilter[]): Promise<void>;
  cleanSubscriptions(client: ClientId): Promise<unknown>;
  storeRetained(packet: OutgoingPacket): Promise<void>;
  createRetainedStream(filter: string): NodeJS.ReadableStream;
  createRetainedStreamCombi(filters: readonly string[]): NodeJS.ReadableStream;
  outgoingEnqueue(subscriber: Subscriber, packet: OutgoingPacket): Promise<void>;
  outgoingEnqueueCombi(subscribers: readonly Subscriber[], packet: OutgoingPacket): Promise<void>;
  outgoingUpdate(client: ClientId, packet: OutgoingPacket): Promise<void>;
  outgoingClearMessageId(client: ClientId, packet: OutgoingPacket): Promise<OutgoingPacket | undefined>;
  outgoingStream(client: ClientId): NodeJS.ReadableStream;
}

export interface Subscriber {
  readonly clientId: string;
  readonly qos?: number | undefined;
}

const NAMES = [
  'addSubscriptions',
  'removeSubscriptions',
  'subscriptionsByClient',
  'cleanSubscriptions',
  'storeRetained',
  'createRetainedStream',
  'createRetainedStreamCombi',
  'outgoingEnqueue',
  'outgoingEnqueueCombi',
  'outgoingUpdate',
  'outgoingClearMessageId',
  'outgoingStream',
] as const satisfies readonly (keyof SessionStore)[];

const isStore = (value: unknown): value is EngineStore => hasMethods(value, NAMES);

const storeOf = (aedes: Aedes): EngineStore => {
  const store = persistenceOf(aedes);
  if (!isStore(store)) throw missing('persistence with the methods of aedes-persistence 11', 'sessions/persistence');
  return store;
};

/** The in-memory store as it is before a method is replaced. */
export const engineStoreOf = (aedes: Aedes): EngineStore => {
  const store = storeOf(aedes);
  return {
    addSubscriptions: store.addSubscriptions.bind(store),
    removeSubscriptions: store.removeSubscriptions.bind(store),
    subscriptionsByClient: store.subscriptionsByClient.bind(store),
  };
};

/** Replaces the methods for sessions and retained messages. */
export const replaceStore = (aedes: Aedes, ours: SessionStore): void => {
  const store = storeOf(aedes);
  for (const name of NAMES) Reflect.set(store, name, ours[name]);
};

/** Reads the flag of a CONNACK, which is not in the types of Aedes. */
export const isSessionPresent = (connack: object): boolean => Reflect.get(connack, 'sessionPresent') === true;
