import type { Entry, Packet } from '#model/readings/packet.ts';

/**
 * The synced log of all received packets, in order. One process writes it (the broker), other processes read it. Sequence numbers
 * are dense and start at 1; together with the random id of the journal, a number identifies an entry for ever.
 */
export interface JournalWriter {
  /** Random id, created with the journal. A cursor with another id is a fault, not a fresh start. */
  readonly id: string;
  /**
   * Adds a packet to the next group commit. The sequence number is returned at once; the packet may be acknowledged only after
   * `synced` has resolved. All packets of a group share one promise, so callbacks run in the order of arrival.
   * @throws Fault `JOURNAL_FULL` (retry) at the byte bound or the disk reserve; `JOURNAL_WRITE_FAILED` (retry) while
   * the files cannot be written. `synced` rejects with the same faults.
   */
  append(packet: Packet): Appended;
  state(): JournalState;
  /**
   * Numbers of synced packets of kind `readings` by sender and hour of arrival, the first column of the ledger. The writer counts them,
   * not the pipeline. Hours are whole hours since 1970, from `fromHour` to `toHour` inclusive; old hours are read from their files.
   */
  received(fromHour: number, toHour: number): Promise<ReceivedCounts>;
  /** The counts of the hours in memory, synchronously. The files of other hours are complete (`closed-hours.ts`). */
  recent(fromHour: number, toHour: number): RecentCounts;
  /** Resolves once an entry behind this one is published, or when the signal is raised. */
  beyond(after: number, signal: AbortSignal): Promise<void>;
  /**
   * Reports the position of the slower reader. Segments before it are deleted when their entries are older than the retention, or
   * when the journal is larger than its bound.
   */
  passed(sequence: number): Promise<void>;
  /** Syncs pending packets, saves the counts and releases the lock. Safe to call twice. */
  stop(): Promise<void>;
}

export interface Appended {
  readonly sequence: number;
  /** Resolves when the bytes are on disk; rejects with a `Fault` when they could not be written. */
  readonly synced: Promise<void>;
}

export interface JournalState {
  /** Oldest entry in the journal; `last + 1` in an empty journal. */
  readonly first: number;
  /** Newest synced entry; 0 in an empty journal. */
  readonly last: number;
  readonly segments: number;
  readonly bytes: number;
  /** Reason for which the journal accepts no packets. Undefined while it accepts them. */
  readonly stalled: 'bound' | 'reserve' | 'error' | undefined;
  /** Duration of the last write and sync, in milliseconds. */
  readonly lastCommitMs: number;
  readonly commits: number;
}

/** Numbers of synced packets of kind `readings` by sender and hour, at one position of the journal. */
export interface ReceivedCounts {
  readonly journal: string;
  /** Every count includes exactly the entries up to this one. */
  readonly through: number;
  readonly counts: readonly ReceivedCount[];
}

/** Counts of the hours in memory, at one position of the journal. */
export interface RecentCounts {
  readonly journal: string;
  /** Every count includes exactly the entries up to this one. */
  readonly through: number;
  readonly hours: readonly HourCounts[];
}

export interface HourCounts {
  /** Whole hours since 1970, of received-at. */
  readonly hour: number;
  /** Packets by sender. */
  readonly counts: readonly (readonly [sender: string, count: number])[];
}

export interface ReceivedCount {
  readonly sender: string;
  /** Whole hours since 1970, of received-at. */
  readonly hour: number;
  readonly count: number;
}

/** Consecutive entries, and the damaged ranges between them. */
export interface EntryBatch {
  readonly entries: readonly Entry[];
  /** Sequence numbers whose bytes are damaged: the entries exist, but cannot be read. */
  readonly damaged: readonly DamagedRange[];
  /** Last sequence number of the batch, after which the next read continues. Equals `after` when nothing is new. */
  readonly through: number;
}

export interface DamagedRange {
  readonly from: number;
  readonly to: number;
  /** File and offset, for the operator. */
  readonly where: string;
}

export interface ReadLimit {
  readonly entries: number;
  readonly bytes: number;
}

/** A reader, in any process. It reads synced entries only, and keeps no file open that would prevent the deletion of a segment. */
export interface JournalReader {
  readonly id: string;
  /** Number of the newest synced entry that the writer has published. */
  synced(): number;
  /** Number of the oldest entry in the journal. */
  first(): Promise<number>;
  /**
   * Reads the entries after `after`, without waiting for new ones.
   * @throws Fault `JOURNAL_TRIMMED` when the next entries were deleted, `JOURNAL_FOREIGN` when another journal has replaced
   * this one
   */
  read(after: number, limit: ReadLimit): Promise<EntryBatch>;
  /**
   * Counts the entries of kind `readings` in `(after, through]` by sender and hour, for the column `waiting` of the ledger. A large
   * number of entries blocks the calling thread for long.
   */
  count(after: number, through: number): Promise<readonly ReceivedCount[]>;
  stop(): Promise<void>;
}
