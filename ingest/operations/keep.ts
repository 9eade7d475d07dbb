import type { MessageCount, ReadingCount, RowChange } from './ledger.ts';
import type { QuarantinedPacket } from './quarantine.ts';
import type { Instant } from '#model/instant.ts';
import type { Registry } from '#model/registry.ts';

export type ReaderName = 'keep' | 'watch';

/** How far a reader has come: everything up to and including `sequence` of this journal is done. */
export interface Cursor {
  readonly journal: string;
  readonly sequence: number;
}

export const VERDICTS = ['new', 'duplicate', 'revised'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Written before the store is touched: a restart repeats exactly this range with exactly these verdicts. */
export interface Intent {
  readonly journal: string;
  readonly from: number;
  readonly to: number;
  /** Of those readings that needed a look-up, by `sequence` and `place`. */
  readonly verdicts: readonly LookedUp[];
}

/** An intent that was never fulfilled. */
export interface OpenIntent extends Intent {
  /** The registry that it was made with, where that has been changed since; undefined where it is still the same. */
  readonly registry: Registry | undefined;
}

export interface LookedUp {
  readonly sequence: number;
  readonly place: string;
  readonly verdict: Verdict;
}

/** What is known of a device's past without asking the store. */
export interface DeviceMark {
  readonly device: string;
  /** Newest observed-at of any stored reading of the device: later ones need no look-up. */
  readonly newest: Instant;
  /** Newest time that was given to a reading without a time of its own. */
  readonly newestArrival: Instant;
}

/** A reading without a time is recognised by its id or its bytes; it keeps the time of its first arrival. */
export interface Pin {
  readonly device: string;
  /** `id:…` or `sha256:…` */
  readonly identity: string;
  readonly observedAt: Instant;
  readonly receivedAt: Instant;
}

/** Everything that one batch changes, in one transaction with the cursor. */
export interface KeepCommit {
  readonly cursor: Cursor;
  readonly messages: readonly MessageCount[];
  readonly readings: readonly ReadingCount[];
  readonly rows: readonly RowChange[];
  readonly quarantined: readonly QuarantinedPacket[];
  readonly marks: readonly DeviceMark[];
  readonly pins: readonly Pin[];
  /** Pins that arrived before this are dropped; none where it is absent. */
  readonly pinsSince?: Instant | undefined;
}

export interface KeepRows {
  cursor(reader: ReaderName): Cursor | undefined;
  /** The intent of a batch that was never committed. */
  intent(): OpenIntent | undefined;
  intend(intent: Intent): Promise<void>;
  commit(batch: KeepCommit): Promise<void>;
  mark(device: string): DeviceMark | undefined;
  pin(device: string, identity: string): Pin | undefined;
}
