import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { type Cursor, type StoringCommit, type StoringRows, ClassifiedReading } from '#storage/operations/storing.ts';
import type { ReaderName } from '#storage/operations/reader-name.ts';
import { changingIdentities, identityRows } from './identities.ts';
import { addingCounts } from './ledger.ts';
import { addingQuality } from './quality.ts';
import { addingQuarantine } from './quarantine.ts';
import { readRegistryCopy } from '#storage/operations/sqlite/registry/copy.ts';
import { first, number, text } from '#storage/operations/sqlite/row.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';

const Classified = z.array(ClassifiedReading);

const writeClassified = (classified: readonly ClassifiedReading[]): string =>
  JSON.stringify(z.encode(Classified, [...classified]));

/** Moves one reader's cursor; to be called inside the transaction of what the cursor stands for. */
export const movingCursor = (database: DatabaseSync, reader: ReaderName): ((cursor: Cursor) => void) => {
  const move = database.prepare(
    `INSERT INTO cursor (reader, journal, sequence) VALUES ($reader, $journal, $sequence) ON CONFLICT (reader) DO UPDATE SET
     journal = excluded.journal, sequence = excluded.sequence`,
  );
  return ({ journal, sequence }) => {
    move.run({ reader, journal, sequence });
  };
};

/** Adds what was counted and what is known of devices now; to be called inside a transaction. */
export const addingKept = (
  database: DatabaseSync,
): ((batch: Omit<StoringCommit, 'cursor' | 'quarantined'>) => void) => {
  const addCounts = addingCounts(database);
  const changeIdentities = changingIdentities(database);
  const addQuality = addingQuality(database);
  const putWatermark = database.prepare(
    `INSERT INTO device_watermark (device, newest) VALUES ($device, $newest)
     ON CONFLICT (device) DO UPDATE SET newest = excluded.newest`,
  );
  return (batch) => {
    addCounts(batch);
    for (const { device, newest } of batch.newestTimes) putWatermark.run({ device, newest });
    changeIdentities(batch.identities);
    if (batch.quality !== undefined) addQuality(batch.quality);
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

/** Rows of the storing reader in SQLite: its cursor, the intent of the batch under way, and everything a batch commits. */
export const storingRows = (database: DatabaseSync, transaction: Transaction): StoringRows => {
  const commit = committing(database);
  const getCursor = database.prepare('SELECT * FROM cursor WHERE reader = $reader');
  const getIntent = database.prepare('SELECT * FROM intent');
  const putIntent = database.prepare(
    `INSERT OR REPLACE INTO intent (only_one, journal, "from", "to", classified)
     VALUES (1, $journal, $from, $to, $classified)`,
  );
  const getWatermark = database.prepare('SELECT * FROM device_watermark WHERE device = $device');

  return {
    cursor: (reader) =>
      first(getCursor, (row) => ({ journal: text(row, 'journal'), sequence: number(row, 'sequence') }), { reader }),
    intent: () =>
      first(getIntent, (row) => ({
        journal: text(row, 'journal'),
        from: number(row, 'from'),
        to: number(row, 'to'),
        classified: z.decode(Classified, JSON.parse(text(row, 'classified'))),
        registry: row['registry'] === null ? undefined : readRegistryCopy(text(row, 'registry')),
      })),
    intend: ({ journal, from, to, classified }) =>
      transaction(() => {
        putIntent.run({ journal, from, to, classified: writeClassified(classified) });
      }),
    commitStored: (batch) => transaction(() => commit(batch)),
    watermark: (device) =>
      first(getWatermark, (row) => ({ device, newest: number(row, 'newest'), forgotten: number(row, 'forgotten') }), {
        device,
      }),
    ...identityRows(database, transaction),
  };
};
