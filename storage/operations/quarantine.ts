import type { FaultCode } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';

/** A packet of which at least one part was refused; the quarantine owns a copy of its bytes. */
export interface QuarantinedPacket {
  readonly journal: string;
  readonly sequence: number;
  readonly device: string;
  readonly topic: string;
  readonly receivedAt: Instant;
  readonly codec: string;
  /** Version of the codec that refused it. */
  readonly codecVersion: number;
  /** Its sender said that it had sent these bytes before. */
  readonly dup: boolean;
  /** Its MQTT packet identifier, 0 without one. */
  readonly packetId: number;
  /** The MQTT session that it came by; undefined without one, and where it came before this was kept. */
  readonly session: string | undefined;
  readonly payload: Uint8Array;
  readonly parts: readonly QuarantinedPart[];
}

export interface QuarantinedPart {
  /** JSON Pointer into the payload; empty when the packet as a whole was refused. */
  readonly place: string;
  readonly code: FaultCode;
  readonly detail: string;
  /** How many readings were lost to it. */
  readonly readings: number;
  /** How many further places were refused for which no part of their own is kept; their readings are among these. */
  readonly further: number;
}

export const QUARANTINE_STATES = ['open', 'replayed', 'discarded'] as const;
export type QuarantineState = (typeof QUARANTINE_STATES)[number];

export interface QuarantineEntry extends QuarantinedPacket {
  readonly id: number;
  readonly state: QuarantineState;
}

/** A packet in a list: its first bytes only. */
export interface QuarantineSummary extends Omit<QuarantineEntry, 'payload'> {
  /** What was done about it last; undefined while nothing was. */
  readonly last: QuarantineEvent | undefined;
  /** Length of the payload. */
  readonly bytes: number;
  readonly preview: Uint8Array;
}

export const QUARANTINE_ACTIONS = ['replayed', 'refused-again', 'discarded'] as const;

/** What was done about a packet in quarantine. */
export interface QuarantineEvent {
  readonly at: Instant;
  readonly action: (typeof QUARANTINE_ACTIONS)[number];
  /** In words: the reason of a discard, what a replay came to. */
  readonly note: string;
  /** Who had it done; undefined for what was done before this was kept. */
  readonly by: string | undefined;
}

/** Why packets are given up, by whom and when. */
export interface Discard {
  readonly reason: string;
  readonly by: string;
  readonly at: Instant;
}

export interface QuarantineQuery {
  readonly device: string | undefined;
  readonly code: string | undefined;
  readonly state: QuarantineState | undefined;
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
  /** Newest first, behind this id. */
  readonly before: number | undefined;
  readonly limit: number;
}

/** Which open packets are meant; all of them when nothing is said. */
export interface QuarantineChoice {
  readonly ids: readonly number[] | undefined;
  readonly device: string | undefined;
  readonly code: string | undefined;
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
}

export interface QuarantineRows {
  quarantine(query: QuarantineQuery): readonly QuarantineSummary[];
  quarantined(id: number): QuarantineEntry | undefined;
  /** What was done about a packet, oldest first. */
  quarantineEvents(id: number): readonly QuarantineEvent[];
  /** Ids of the chosen packets that are open, ascending, behind one. */
  openQuarantine(choice: QuarantineChoice, after: number, limit: number): readonly number[];
  /** Which journal entries of a sender stand open in quarantine. */
  openSequences(journal: string, device: string): ReadonlySet<number>;
  /** How many packets wait for a replay or a discard. */
  openPackets(): number;
  /** Bytes of payload, whatever the state of their packets. */
  quarantineBytes(): number;
  /**
   * Closes open packets without storing anything of them, and moves their count in the hour of their arrival from
   * quarantined to discarded. Gives how many there were.
   */
  discard(ids: readonly number[], discard: Discard): Promise<number>;
  /** Removes packets that were closed before this instant, at most so many; gives how many. */
  purgeQuarantine(before: Instant, limit: number): Promise<number>;
}
