import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import {
  type Cursor,
  type StoringCommit,
  type StoringRows,
  type ReaderName,
  CLASSIFICATIONS,
} from '#storage/operations/storing.ts';
import { changingIdentities, identityRows } from './identities.ts';
import { addingCounts } from './ledger.ts';
import { addingQuarantine } from './quarantine.ts';
import { readRegistryCopy } from './registry-copy.ts';
import { first, number, text } from './row.ts';
import type { Transaction } from './transaction.ts';

const Verdicts = z.array(
  z.object({
    ...{ sequence: z.number(), place: z.string(), classification: z.enum(CLASSIFICATIONS) },
    observedAt: z.number().exactOptional(),
  }),
);

/** Moves one reader's cursor; to be called inside the transaction of what the cursor stands for. */
export const movingCursor = (database: DatabaseSync, reader: ReaderName): ((cursor: Cursor) => void) => {
  const move = database.prepare(
    `INSERT INTO cursor VALUES (?, ?, ?) ON CONFLICT (reader) DO UPDATE SET
     journal = excluded.journal, sequence = excluded.sequence`,
  );
  return ({ journal, sequence }) => {
    move.run(reader, journal, sequence);
  };
};

/** Adds what was counted and what is known of devices now; to be called inside a transaction. */
export const addingKept = (
  database: DatabaseSync,
): ((batch: Omit<StoringCommit, 'cursor' | 'quarantined'>) => void) => {
  const addCounts = addingCounts(database);
  const changeIdentities = changingIdentities(database);
  const putMark = database.prepare(
    'INSERT INTO device_mark (device, newest) VALUES (?, ?) ON CONFLICT (device) DO UPDATE SET newest = excluded.newest',
  );
  return (batch) => {
    addCounts(batch);
    for (const { device, newest } of batch.newestTimes) putMark.run(device, newest);
    changeIdentities(batch.identities);
  };
};

const committing = (database: DatabaseSync): ((batch: StoringCommit) => void) => {
  const moveCursor = movingCursor(database, 'storing');
  const addKept = addingKept(database);
  const addQuarantine = addingQuarantine(database);
  const clearIntent = database.prepare('DELETE FROM intent');
  return (batch) => {
    addKept(batch);
    batch.quarantined.forEach(addQuarantine);
    clearIntent.run();
    moveCursor(batch.cursor);
  };
};

/** Keep's rows in SQLite: its cursor, the intent of the batch under way, and everything a batch commits. */
export const keepRows = (database: DatabaseSync, transaction: Transaction): StoringRows => {
  const commit = committing(database);
  const getCursor = database.prepare('SELECT * FROM cursor WHERE reader = ?');
  const getIntent = database.prepare('SELECT * FROM intent');
  const putIntent = database.prepare('INSERT OR REPLACE INTO intent VALUES (1, ?, ?, ?, ?, NULL)');
  const getMark = database.prepare('SELECT * FROM device_mark WHERE device = ?');

  return {
    cursor: (reader) =>
      first(getCursor, (row) => ({ journal: text(row, 'journal'), sequence: number(row, 'sequence') }), reader),
    intent: () =>
      first(getIntent, (row) => ({
        journal: text(row, 'journal'),
        from: number(row, 'from_sequence'),
        to: number(row, 'to_sequence'),
        classified: Verdicts.parse(JSON.parse(text(row, 'verdicts'))),
        registry: row['registry'] === null ? undefined : readRegistryCopy(text(row, 'registry')),
      })),
    intend: ({ journal, from, to, classified }) =>
      transaction(() => {
        putIntent.run(journal, from, to, JSON.stringify(classified));
      }),
    commitStored: (batch) => transaction(() => commit(batch)),
    watermark: (device) =>
      first(getMark, (row) => ({ device, newest: number(row, 'newest'), forgotten: number(row, 'forgotten') }), device),
    ...identityRows(database, transaction),
  };
};
