import type { DatabaseSync } from 'node:sqlite';
import type { StoringCommit } from '#storage/operations/storing.ts';
import type { LedgerRows, MessageCount, ReadingCount, RowChange } from '#storage/operations/ledger.ts';
import { type SqliteRow, all, first, number, text } from './row.ts';
import type { Transaction } from './transaction.ts';

type LedgerCounts = Pick<StoringCommit, 'messages' | 'readings' | 'rows'>;

/** Adds a batch's counts to the ledger; to be called inside the transaction that moves the cursor. */
export const addingCounts = (database: DatabaseSync): ((counts: LedgerCounts) => void) => {
  const addMessages = database.prepare(
    `INSERT INTO ledger_message VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
     processed = processed + excluded.processed, quarantined = quarantined + excluded.quarantined,
     discarded = discarded + excluded.discarded`,
  );
  const addReadings = database.prepare(
    `INSERT INTO ledger_reading VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
     decoded = decoded + excluded.decoded, stored = stored + excluded.stored,
     duplicates = duplicates + excluded.duplicates, refused = refused + excluded.refused,
     revised = revised + excluded.revised, missing = missing + excluded.missing`,
  );
  const addRows = database.prepare(
    `INSERT INTO ledger_row VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
     stored = stored + excluded.stored, revised = revised + excluded.revised`,
  );
  return ({ messages, readings, rows }) => {
    for (const of of messages) {
      addMessages.run(of.device, of.hour, of.journal, of.processed, of.quarantined, of.discarded);
    }
    for (const of of readings) {
      const { device, hour, journal, decoded, stored, duplicates, refused, revised, missing } = of;
      addReadings.run(device, hour, journal, decoded, stored, duplicates, refused, revised, missing);
    }
    for (const of of rows) addRows.run(of.store, of.device, of.property, of.hour, of.stored, of.revised);
  };
};

const readMessages = (row: SqliteRow): MessageCount => ({
  journal: text(row, 'journal'),
  device: text(row, 'device'),
  hour: number(row, 'hour'),
  processed: number(row, 'processed'),
  quarantined: number(row, 'quarantined'),
  discarded: number(row, 'discarded'),
});

const readReadings = (row: SqliteRow): ReadingCount => ({
  journal: text(row, 'journal'),
  device: text(row, 'device'),
  hour: number(row, 'hour'),
  decoded: number(row, 'decoded'),
  stored: number(row, 'stored'),
  duplicates: number(row, 'duplicates'),
  refused: number(row, 'refused'),
  revised: number(row, 'revised'),
  missing: number(row, 'missing'),
});

const readRows = (row: SqliteRow): RowChange => ({
  store: text(row, 'store'),
  device: text(row, 'device'),
  property: text(row, 'property'),
  hour: number(row, 'hour'),
  stored: number(row, 'stored'),
  revised: number(row, 'revised'),
});

const ofDevice = 'hour BETWEEN ?1 AND ?2 AND (?3 IS NULL OR device = ?3) ORDER BY device, hour';

/** Ledger rows in SQLite. */
export const ledgerRows = (database: DatabaseSync, transaction: Transaction): LedgerRows => {
  const messages = database.prepare(`SELECT * FROM ledger_message WHERE ${ofDevice}`);
  const readings = database.prepare(`SELECT * FROM ledger_reading WHERE ${ofDevice}`);
  const rows = database.prepare(
    'SELECT * FROM ledger_row WHERE store = ? AND hour BETWEEN ? AND ? ORDER BY device, property, hour',
  );
  const span = database.prepare('SELECT min(hour) AS first, max(hour) AS last FROM ledger_row WHERE store = ?');
  const forgotten = database.prepare('SELECT value FROM setting WHERE name = ?');
  const putForgotten = database.prepare(
    'INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)',
  );
  return {
    messageCounts: ({ device, fromHour, toHour }) => all(messages, readMessages, fromHour, toHour, device ?? null),
    readingCounts: ({ device, fromHour, toHour }) => all(readings, readReadings, fromHour, toHour, device ?? null),
    rowSpan: (store) => {
      const row = span.get(store);
      return typeof row?.['first'] === 'number' && typeof row['last'] === 'number'
        ? { fromHour: row['first'], toHour: row['last'] }
        : undefined;
    },
    *rowCounts(store, fromHour, toHour) {
      for (const row of rows.iterate(store, fromHour, toHour)) yield readRows(row);
    },
    forgottenBefore: (store) => first(forgotten, (row) => number(row, 'value'), `forgotten_before ${store}`),
    noteForgotten: (store, before) => transaction(() => void putForgotten.run(`forgotten_before ${store}`, before)),
  };
};
