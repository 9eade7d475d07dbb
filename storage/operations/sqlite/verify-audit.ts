import { DatabaseSync } from 'node:sqlite';
import { type AuditContent, type AuditHead, auditHash, canonicalJson, NO_HASH } from '#storage/operations/audit.ts';
import { parseJson } from '#model/base/parse-json.ts';
import { toFault } from './faults.ts';
import { bytes, number, type SqliteRow, text } from './row.ts';

/** The first entry of the trail of changes that is not as it was written. */
export interface AuditFault {
  readonly number: number;
  /** `changed`: its content or its hash. `missing`: it was removed. */
  readonly kind: 'changed' | 'missing';
  /** The entry as it stands; undefined where it is missing or cannot be read. */
  readonly entry: AuditContent | undefined;
}

export interface AuditVerification {
  /** Entries that are as they were written. */
  readonly entries: number;
  /** The last of them. */
  readonly head: AuditHead | undefined;
  readonly fault: AuditFault | undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Undefined where a column is not what the service writes; each byte of the detail counts. */
const contentOf = (row: SqliteRow): AuditContent | undefined => {
  const written = text(row, 'detail');
  const detail = parseJson(written);
  if (!isObject(detail) || canonicalJson(detail) !== written) return undefined;
  return {
    number: number(row, 'number'),
    at: number(row, 'at'),
    actor: text(row, 'actor'),
    action: text(row, 'action'),
    subject: text(row, 'subject'),
    detail,
  };
};

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Compares with a head that was noted before: it shows that the end was cut off, or that all of it was written anew. */
const againstNoted = (
  found: AuditVerification,
  noted: AuditHead | undefined,
  hash: Uint8Array | undefined,
): AuditVerification => {
  if (noted === undefined || found.fault !== undefined) return found;
  if (hash === undefined) return { ...found, fault: { number: noted.number, kind: 'missing', entry: undefined } };
  if (isSame(hash, noted.hash)) return found;
  return { ...found, fault: { number: noted.number, kind: 'changed', entry: undefined } };
};

const verify = (database: DatabaseSync, noted: AuditHead | undefined): AuditVerification => {
  let before: Uint8Array = NO_HASH;
  let entries = 0;
  let notedHash: Uint8Array | undefined;
  const head = (): AuditHead | undefined => (entries === 0 ? undefined : { number: entries, hash: before });
  for (const row of database.prepare('SELECT * FROM audit ORDER BY number').iterate()) {
    const expected = entries + 1;
    if (number(row, 'number') !== expected) {
      return { entries, head: head(), fault: { number: expected, kind: 'missing', entry: undefined } };
    }
    const content = contentOf(row);
    const hash = bytes(row, 'hash');
    if (content === undefined || !isSame(auditHash(before, content), hash)) {
      return { entries, head: head(), fault: { number: expected, kind: 'changed', entry: content } };
    }
    if (expected === noted?.number) notedHash = hash;
    [before, entries] = [hash, expected];
  }
  return againstNoted({ entries, head: head(), fault: undefined }, noted, notedHash);
};

/**
 * Verifies the trail of changes of a database that may be in use, without changes.
 * @param noted a head from the log; without it the end of the trail cannot be verified
 * @throws Fault `OPERATIONS_FAILED` when the file cannot be read
 */
export const verifyAudit = (path: string, noted?: AuditHead): AuditVerification => {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    try {
      return verify(database, noted);
    } finally {
      database.close();
    }
  } catch (error) {
    throw toFault(error, path);
  }
};
