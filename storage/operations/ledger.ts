import { z } from 'zod';
import type { Instant } from '#model/base/instant.ts';

/** Messages by sender and hour of arrival; added to the counts of the ledger. */
export const MessageCount = z.object({
  journal: z.string(),
  device: z.string(),
  hour: z.number(),
  processed: z.number(),
  quarantined: z.number(),
  discarded: z.number(),
});
export type MessageCount = Readonly<z.infer<typeof MessageCount>>;

/** Readings by device and hour of arrival; added. `decoded = stored + duplicates + refused`. */
export const ReadingCount = z.object({
  journal: z.string(),
  device: z.string(),
  hour: z.number(),
  decoded: z.number(),
  stored: z.number(),
  duplicates: z.number(),
  refused: z.number(),
  /** The stored readings that replaced an earlier value. */
  revised: z.number(),
  /** Members that said "no value": they were read, and are not readings. */
  missing: z.number(),
});
export type ReadingCount = Readonly<z.infer<typeof ReadingCount>>;

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
  /** Expected rows of one store, in the order hour, device, property. */
  rowCounts(store: string, fromHour: number, toHour: number): Iterable<RowChange>;
  /** Readings of one store that were observed before this were removed for their age; undefined where none ever were. */
  forgottenBefore(store: string): Instant | undefined;
  /** Notes that they are about to be. An earlier instant than stands there changes nothing. */
  noteForgotten(store: string, before: Instant): Promise<void>;
}
