import type { Entry, Packet } from '#model/readings/packet.ts';

/**
 * The synced log of everything that arrived, in order. One process writes it (the broker), others read it. A sequence
 * number is dense and starts at 1; together with the journal's random id it names an entry for ever.
 */
export interface JournalWriter {
  /** Random, made with the journal: a cursor into another journal is a fault, not a fresh start. */
  readonly id: string;
  /**
   * Takes a packet into the next group commit. The number is given at once; the packet may be acknowledged only after
   * `synced` has resolved. All packets of a group share one promise, so callbacks run in the order of arrival.
   * @throws Fault `JOURNAL_FULL` (retry) at the byte bound or the disk reserve; `JOURNAL_WRITE_FAILED` (retry) while
   * the files cannot be written. `synced` rejects with the same faults.
   */
  append(packet: Packet): Appended;
  state(): JournalState;
  /**
   * Packets of kind `readings` received per sender and hour of arrival, counted here as they are synced, never by the
   * pipeline: the ledger's first column. Old hours are read from their files without holding anything up. Includes only hours from `fromHour` to `toHour` (whole hours since 1970).
   */
  received(fromHour: number, toHour: number): Promise<ReceivedCounts>;
  /** Of these counts the hours that are in memory, at once: other hours are whole in their files (`past-hours.ts`). */
  recent(fromHour: number, toHour: number): RecentCounts;
  /**
   * Says how far the slower reader has come. Whole segments behind it whose entries are older than the retention, or
   * that stand over the raw size bound, are unlinked.
   */
  passed(sequence: number): Promise<void>;
  /** Syncs what is pending, checkpoints the counts and lets go of the lock. Safe to call twice. */
  stop(): Promise<void>;
}

export interface Appended {
  readonly sequence: number;
  /** Resolves once the bytes are on disk; rejects with a `Fault` when they could not be brought there. */
  readonly synced: Promise<void>;
}

export interface JournalState {
  /** Oldest entry still held; `last + 1` when there is none. */
  readonly first: number;
  /** Newest synced entry; 0 in an empty journal. */
  readonly last: number;
  readonly segments: number;
  readonly bytes: number;
  /** Why nothing is being acknowledged, or undefined while all is well. */
  readonly stalled: 'bound' | 'reserve' | 'error' | undefined;
  /** Time that the last group took to be written and synced, in milliseconds. */
  readonly lastCommitMs: number;
  readonly commits: number;
}

/** How many packets of kind `readings` each sender had synced, as of one position in the journal. */
export interface ReceivedCounts {
  readonly journal: string;
  /** Every count includes exactly the entries up to this one. */
  readonly through: number;
  readonly counts: readonly ReceivedCount[];
}

/** The hours that are being counted, as of one position in the journal. */
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

/** A run of entries that follow each other, and what damage was stepped over on the way. */
export interface EntryBatch {
  readonly entries: readonly Entry[];
  /** Sequence numbers whose bytes are damaged: they exist, but cannot be read any more. */
  readonly damaged: readonly DamagedRange[];
  /** The last sequence number covered: where the next read goes on. Equals `after` when nothing is new. */
  readonly through: number;
}

export interface DamagedRange {
  readonly from: number;
  readonly to: number;
  /** Where on disk, for the operator. */
  readonly where: string;
}

export interface ReadLimit {
  readonly entries: number;
  readonly bytes: number;
}

/** A reader, in any process. It sees only what is synced, holds nothing open that would keep disk from being freed. */
export interface JournalReader {
  readonly id: string;
  /** Number of the newest synced entry, as last published by the writer. */
  synced(): number;
  /** Number of the oldest entry still held. */
  first(): Promise<number>;
  /**
   * Reads on behind `after`, without waiting for more.
   * @throws Fault `JOURNAL_TRIMMED` when entries right behind `after` are no longer held, `JOURNAL_FOREIGN` when the
   * journal was made anew under this reader
   */
  read(after: number, limit: ReadLimit): Promise<EntryBatch>;
  /**
   * Counts entries of kind `readings` in `(after, through]` per sender and hour, for the ledger's `waiting`. Many of them
   * hold the calling thread for long.
   */
  count(after: number, through: number): Promise<readonly ReceivedCount[]>;
  stop(): Promise<void>;
}
