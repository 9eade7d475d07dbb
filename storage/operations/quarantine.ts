import type { Instant } from '#model/base/instant.ts';
import type { QuarantineEntry, QuarantineEvent, QuarantineState } from '#model/readings/quarantined-packet.ts';

/** A packet in a list: its first bytes only. */
export interface QuarantineSummary extends Omit<QuarantineEntry, 'payload'> {
  /** The last replay or discard; undefined before the first. */
  readonly last: QuarantineEvent | undefined;
  /** Length of the payload. */
  readonly bytes: number;
  readonly preview: Uint8Array;
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

/** Members that a redelivery shares with the packet that came first. */
export interface SamePacket {
  readonly device: string;
  readonly session: string;
  readonly packetId: number;
  readonly payload: Uint8Array;
  /** Arrived at or after. */
  readonly since: Instant;
}

export interface QuarantineRows {
  quarantine(query: QuarantineQuery): readonly QuarantineSummary[];
  quarantined(id: number): QuarantineEntry | undefined;
  /** Replays and discards of a packet, oldest first. */
  quarantineEvents(id: number): readonly QuarantineEvent[];
  /** Ids of the chosen packets that are open, ascending, behind one. */
  openQuarantine(choice: QuarantineChoice, after: number, limit: number): readonly number[];
  /** Which journal entries of a sender stand open in quarantine. */
  openSequences(journal: string, device: string): ReadonlySet<number>;
  /** The newest packet of this session, packet identifier and bytes; undefined where there is none. */
  quarantinedBefore(packet: SamePacket): Omit<QuarantineEntry, 'payload'> | undefined;
  /** Number of packets that wait for a replay or a discard. */
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
