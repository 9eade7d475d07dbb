import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Cursor } from '#storage/operations/storing.ts';
import type { ReaderName } from '#storage/operations/reader-name.ts';
import type { OutboxCount } from '#storage/operations/alerts.ts';
import type { RecipientHealth } from '#model/alerts/alert.ts';
import { toFault } from './faults.ts';
import { outboxRows } from './alerts/outbox.ts';
import { isUnreleased, SCHEMA_VERSION, versionOf } from './migrate.ts';
import { transactions } from './transaction.ts';

/** Result of an inspection of an operations database. */
export interface DatabaseInspection {
  readonly version: number;
  /** The newest version that this program knows. */
  readonly known: number;
  /** The first lines of the problems that SQLite's own check found. */
  readonly problems: readonly string[];
  readonly cursors: ReadonlyMap<ReaderName, Cursor>;
  /** Health of the recipients of messages, and messages still to be sent; empty in an older version. */
  readonly recipients: readonly RecipientHealth[];
  readonly outbox: readonly OutboxCount[];
}

const LINES = 10;
const CheckLine = z.object({ integrity_check: z.string() });
const CursorRow = z.object({ reader: z.enum(['storing', 'alerting']), journal: z.string(), sequence: z.number() });

const cursorsOf = (database: DatabaseSync, version: number): ReadonlyMap<ReaderName, Cursor> => {
  if (version === 0 || isUnreleased(version) || version > SCHEMA_VERSION) return new Map();
  const rows = z.array(CursorRow).parse(database.prepare('SELECT * FROM cursor ORDER BY reader').all());
  return new Map(rows.map(({ reader, ...cursor }) => [reader, cursor]));
};

/** Read only in the newest shape: an older one may have other columns. */
const outboxOf = (database: DatabaseSync, version: number): Pick<DatabaseInspection, 'recipients' | 'outbox'> => {
  if (version !== SCHEMA_VERSION) return { recipients: [], outbox: [] };
  const rows = outboxRows(database, transactions(database));
  return { recipients: rows.recipients(), outbox: rows.outboxCounts() };
};

/**
 * Inspects a database that may be in use, without changes.
 * @throws Fault `OPERATIONS_FAILED` when it cannot be read at all
 */
export const inspectDatabase = (path: string): DatabaseInspection => {
  try {
    return inspect(path);
  } catch (error) {
    throw toFault(error, path);
  }
};

const inspect = (path: string): DatabaseInspection => {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    const lines = database.prepare(`PRAGMA integrity_check(${LINES})`).all();
    const problems = z
      .array(CheckLine)
      .parse(lines)
      .map((line) => line.integrity_check);
    const version = versionOf(database);
    return {
      version,
      known: SCHEMA_VERSION,
      cursors: cursorsOf(database, version),
      ...outboxOf(database, version),
      problems: problems.filter((problem) => problem !== 'ok'),
    };
  } finally {
    database.close();
  }
};
