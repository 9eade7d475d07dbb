import type { EventEmitter } from 'node:events';
import type { Aedes } from 'aedes';

/** The error for a part that this version of Aedes lacks: an upgrade that moved the part fails when the broker starts. */
export const missing = (part: string, patch: string): Error =>
  new Error(`this version of Aedes has no ${part}; see broker/mqtt/patches/${patch}.ts`);

/** Tells whether an object of Aedes has all these methods. */
export const hasMethods = (value: unknown, names: readonly string[]): value is object =>
  typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function');

/** Tells whether an object of Aedes has all these members, each of this type. */
export const hasMembers = (value: object, names: readonly string[], type: 'object' | 'number' | 'boolean'): boolean =>
  names.every((name) => typeof Reflect.get(value, name) === type);

/** The store of Aedes for sessions, retained messages and QoS 2. */
export const persistenceOf = (aedes: Aedes): unknown => Reflect.get(aedes, 'persistence');

/** A packet on its way to a client. */
export interface QueuedPacket {
  readonly cmd: string;
  readonly topic: string;
  readonly brokerId?: string | null;
  readonly brokerCounter?: number;
  messageId?: number | undefined;
  qos: number;
  retain: boolean;
  dup: boolean;
}

export type Deliver = (packet: QueuedPacket, done: () => void) => void;

/** Members of a client that are not in the types of Aedes. */
export interface PacketReceiver {
  deliver0: Deliver;
  deliverQoS: Deliver;
  subscriptions: object;
  readonly duplicates: Record<string, number>;
}

/** The parser of a connection, with the members of `mqtt-packet` that are not in its types. */
export interface Parser extends EventEmitter {
  _parseHeader(): boolean;
  _parseString(): string | null;
  _pos: number;
  _list: { slice(from: number, to: number): Uint8Array };
}
