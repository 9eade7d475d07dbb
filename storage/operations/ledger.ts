import type { Instant } from '#model/base/instant.ts';

/** Messages by sender and hour of arrival; added to what the ledger holds. */
export interface MessageCount {
  readonly journal: string;
  readonly device: string;
  readonly hour: number;
  readonly processed: number;
  readonly quarantined: number;
  readonly discarded: number;
}

/** Readings by device and hour of arrival; added. `decoded = stored + duplicates + refused`. */
export interface ReadingCount {
  readonly journal: string;
  readonly device: string;
  readonly hour: number;
  readonly decoded: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: number;
  /** Of the stored ones, those that replaced an earlier value. */
  readonly revised: number;
  /** Members that said "no value": read, but no reading. */
  readonly missing: number;
}

/** Rows by store, device, property and observed hour; added. The store must hold `stored − revised`. */
export interface RowChange {
  readonly store: string;
  readonly device: string;
  readonly property: string;
  readonly hour: number;
  readonly stored: number;
  readonly revised: number;
}

export interface LedgerQuery {
  readonly device: string | undefined;
  /** Whole hours since 1970, inclusive. */
  readonly fromHour: number;
  readonly toHour: number;
}

export interface LedgerRows {
  messageCounts(query: LedgerQuery): readonly MessageCount[];
  readingCounts(query: LedgerQuery): readonly ReadingCount[];
  /** First and last observed hour of which rows are expected; undefined when there are none. */
  rowSpan(store: string): { readonly fromHour: number; readonly toHour: number } | undefined;
  /** Expected rows of one store, in the order device, property, hour. */
  rowCounts(store: string, fromHour: number, toHour: number): Iterable<RowChange>;
  /** Readings of one store that were observed before this were removed for their age; undefined where none ever were. */
  forgottenBefore(store: string): Instant | undefined;
  /** Notes that they are about to be. An earlier instant than stands there changes nothing. */
  noteForgotten(store: string, before: Instant): Promise<void>;
}
