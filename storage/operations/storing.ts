import type { MessageCount, ReadingCount, RowChange } from './ledger.ts';
import type { QualityCommit } from './quality.ts';
import type { QuarantinedPacket } from '#model/readings/quarantined-packet.ts';
import { z } from 'zod';
import type { ReaderName } from './reader-name.ts';
import { InstantMember } from '#model/base/document.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Registry } from '#model/registry/registry.ts';

/** Position of a reader: everything up to and including `sequence` of this journal is done. */
export interface Cursor {
  readonly journal: string;
  readonly sequence: number;
}

export const CLASSIFICATIONS = ['new', 'duplicate', 'revised'] as const;
export type Classification = (typeof CLASSIFICATIONS)[number];

/** Written before the store is touched: a restart repeats exactly this range with exactly these times and classifications. */
export interface Intent {
  readonly journal: string;
  readonly from: number;
  readonly to: number;
  /** The readings that are not new, or not stored at the time that they came with. */
  readonly classified: readonly ClassifiedReading[];
}

/** An intent that was never fulfilled. */
export interface OpenIntent extends Intent {
  /** The registry that it was made with, where that has been changed since; undefined where it is still the same. */
  readonly registry: Registry | undefined;
}

/** The decision about one reading of an entry. */
export const ClassifiedReading = z.object({
  sequence: z.number(),
  place: z.string(),
  classification: z.enum(CLASSIFICATIONS),
  /** The time that it is stored under, or recognised at; absent where that is the one that it came with. */
  observedAt: InstantMember.exactOptional(),
});
export type ClassifiedReading = Readonly<z.infer<typeof ClassifiedReading>>;

/** Times of a device's stored readings, known without a query of the store. */
export interface DeviceWatermark {
  readonly device: string;
  /** Newest observed-at of any stored reading of the device: later ones need no look-up. */
  readonly newest: Instant;
  /** Newest time of its readings whose identity is remembered no more: of later ones every identity is known. */
  readonly forgotten: Instant;
}

export type NewestTime = Pick<DeviceWatermark, 'device' | 'newest'>;

/** Properties that are stored under one time. */
export interface TimedProperties {
  readonly observedAt: Instant;
  readonly properties: readonly string[];
}

/** Readings that have an identity beyond device, property and time, and the times that they are stored under: one as a rule. */
export interface AssignedTime {
  readonly device: string;
  /** Name of the identity (`ingest/dedupe/identity.ts`). */
  readonly identity: string;
  readonly content: string;
  readonly times: readonly TimedProperties[];
  readonly receivedAt: Instant;
}

/** Times that are added to an identity, or replace those of what came under its name before. */
export interface NewAssignedTime extends AssignedTime {
  readonly isReplacing: boolean;
}

/** A reading that is stored, or was recognised, at another time than the one that it came with. */
export const MovedReading = z.object({
  journal: z.string(),
  sequence: z.number(),
  place: z.string(),
  observedAt: InstantMember,
});
export type MovedReading = Readonly<z.infer<typeof MovedReading>>;

/** Change of the broker's connections by an entry; only those with a persistent session count. */
export type ConnectionChange =
  | {
      readonly kind: 'connected';
      readonly sequence: number;
      readonly connection: number;
      readonly clientId: string;
    }
  | { readonly kind: 'disconnected'; readonly sequence: number; readonly connection: number; readonly at: Instant }
  | { readonly kind: 'broker-started'; readonly sequence: number };

/** Changes of identities by a batch. */
export interface IdentityChanges {
  readonly assigned: readonly NewAssignedTime[];
  readonly moved: readonly MovedReading[];
  readonly connections: readonly ConnectionChange[];
  /** Times that were assigned at an arrival before this, and connections that ended before it, are forgotten. */
  readonly rememberSince: Instant | undefined;
}

/** Everything that one batch changes, in one transaction with the cursor. */
export interface StoringCommit {
  readonly cursor: Cursor;
  readonly messages: readonly MessageCount[];
  readonly readings: readonly ReadingCount[];
  readonly rows: readonly RowChange[];
  readonly quarantined: readonly QuarantinedPacket[];
  readonly newestTimes: readonly NewestTime[];
  readonly identities: IdentityChanges;
  /** Absent where the batch has no readings. */
  readonly quality?: QualityCommit;
}

export interface StoringRows {
  cursor(reader: ReaderName): Cursor | undefined;
  /** The intent of a batch that was never committed. */
  intent(): OpenIntent | undefined;
  intend(intent: Intent): Promise<void>;
  commitStored(batch: StoringCommit): Promise<void>;
  watermark(device: string): DeviceWatermark | undefined;
  /** Whether any time is assigned to readings of this device. */
  hasAssigned(device: string): boolean;
  /** Times that are assigned to one identity. */
  assignedTo(device: string, identity: string): AssignedTime | undefined;
  /** Times that are assigned to identities whose name begins so. */
  assignedFrom(device: string, beginning: string): readonly AssignedTime[];
  /** Readings of an entry that are stored at another time than the one that they came with, by place. */
  moved(journal: string, sequence: number): ReadonlyMap<string, Instant>;
  /** Forgets those of entries before this one: the journal holds them no more. */
  forgetMoved(journal: string, before: number): Promise<void>;
  /** Number of the entry with which the broker was started last; 0 before the first. */
  brokerRun(): number;
  /** Client id of a connection whose session is kept; undefined for any other. */
  keptClient(connection: number): string | undefined;
}
