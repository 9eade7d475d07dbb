import { createHash } from 'node:crypto';
import { z } from 'zod';
import { BytesMember, InstantMember } from '#model/base/document.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';

/** Facts of a change. They hold no names of people and no free text, because they can never be erased. */
export type AuditDetail = Readonly<Record<string, unknown>>;

/** One change by a person, a program or the service itself. */
export const AuditEntry = z.object({
  number: z.int(),
  at: InstantMember,
  /** `person:7`, `token:3`, `operator-token`, `device:pbg-r03`, `gateway:chirpstack-1`, `service`. */
  actor: z.string(),
  /** The operation id of the route, or a name of the service. */
  action: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
  hash: BytesMember,
});
export type AuditEntry = Readonly<z.infer<typeof AuditEntry>>;

export type AuditContent = Omit<AuditEntry, 'hash'>;
export type NewAuditEntry = Omit<AuditContent, 'number'>;

/** The newest entry. It proves all entries before it. */
export type AuditHead = Pick<AuditEntry, 'number' | 'hash'>;

export interface AuditQuery {
  readonly actor: string | undefined;
  readonly action: string | undefined;
  readonly subject: string | undefined;
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
  /** Newest first, behind this number. */
  readonly before: number | undefined;
  readonly limit: number;
}

/** The trail of changes: rows are added, never changed. */
export interface AuditRows {
  /**
   * Runs a call whose first transaction also appends the entry, so that both are on disk or neither. A call without a
   * transaction appends none, unless `isAlways`.
   */
  audited<T>(entry: NewAuditEntry, call: () => Promise<T>, isAlways?: boolean): Promise<T>;
  /** Adds facts to the entry of the call that is under way; outside of one it does nothing. */
  noteAudit(detail: AuditDetail, about?: Partial<Pick<NewAuditEntry, 'actor' | 'subject'>>): void;
  auditEntries(query: AuditQuery): readonly AuditEntry[];
  auditHead(): AuditHead | undefined;
}

/** JSON with sorted keys and without blanks: the same content is always the same text. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** The hash before the first entry. */
export const NO_HASH = new Uint8Array(32);

/** SHA-256 over the hash of the entry before, and the canonical JSON of the content. */
export const auditHash = (
  before: Uint8Array,
  { number, at, actor, action, subject, detail }: AuditContent,
): Uint8Array =>
  createHash('sha256')
    .update(before)
    .update(canonicalJson({ number, at: formatInstant(at), actor, action, subject, detail }))
    .digest();
