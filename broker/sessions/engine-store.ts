import type { Aedes, Client } from 'aedes';
import type { TopicFilter } from './records.ts';
import type { OutgoingPacket } from './outgoing.ts';

export interface ClientId {
  readonly id: string;
}

/** The part of Aedes's own store in memory that goes on: it finds the subscribers of a topic. */
export interface EngineStore {
  addSubscriptions(client: ClientId, filters: readonly TopicFilter[]): Promise<unknown>;
  removeSubscriptions(client: ClientId, topics: readonly string[]): Promise<unknown>;
  subscriptionsByClient(client: ClientId): Promise<readonly TopicFilter[]>;
}

/** What Aedes asks of the place where sessions are, in its own names. */
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

const isStore = (value: unknown): value is EngineStore =>
  typeof value === 'object' && value !== null && NAMES.every((name) => typeof Reflect.get(value, name) === 'function');

/** Aedes's own store, as it is before anything of it is replaced. */
export const engineStoreOf = (aedes: Aedes): EngineStore => {
  const store: unknown = Reflect.get(aedes, 'persistence');
  if (!isStore(store)) throw new Error('this version of Aedes keeps sessions otherwise; see broker/persistence');
  return {
    addSubscriptions: store.addSubscriptions.bind(store),
    removeSubscriptions: store.removeSubscriptions.bind(store),
    subscriptionsByClient: store.subscriptionsByClient.bind(store),
  };
};

/** Puts ours in the place of these parts of it. */
export const replaceStore = (aedes: Aedes, ours: SessionStore): void => {
  const store: unknown = Reflect.get(aedes, 'persistence');
  if (!isStore(store)) throw new Error('this version of Aedes keeps sessions otherwise; see broker/persistence');
  for (const name of NAMES) Reflect.set(store, name, ours[name]);
};
