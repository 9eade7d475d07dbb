import type { Instant } from '#model/base/instant.ts';

/** Kind of a journal entry. Only `readings` enter the pipeline and the ledger; the others tell of presence. */
export const ENTRY_KINDS = [
  'readings',
  'status',
  'reply',
  'connected',
  'disconnected',
  'will',
  'broker-started',
] as const;

export type EntryKind = (typeof ENTRY_KINDS)[number];

export type Qos = 0 | 1 | 2;

/** One MQTT publish or HTTP post as it arrived: bytes and envelope, not yet looked into. */
export interface Packet {
  readonly kind: EntryKind;
  /** The authenticated device or gateway; empty for `broker-started`. */
  readonly sender: string;
  /** Which connection of this broker run it came by; 0 for HTTP. It tells a take-over's late will from news. */
  readonly connection: number;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  /** MQTT's DUP bit: the sender believes it has sent these bytes before. */
  readonly dup: boolean;
  /** MQTT packet identifier, 0 for QoS 0 and for HTTP. */
  readonly packetId: number;
  /** Time of its arrival at the broker, before it was synced. */
  readonly receivedAt: Instant;
}

/** A packet with the number that the journal gave it: dense, from 1, in the order of acknowledgement. */
export interface Entry extends Packet {
  readonly sequence: number;
}
