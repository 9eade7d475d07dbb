import type { DatabaseSync } from 'node:sqlite';
import type { StoringCommit } from '#storage/operations/storing.ts';
import { type LedgerRows, MessageCount, ReadingCount, RowChange } from '#storage/operations/ledger.ts';
import { all, first, number } from '#storage/operations/sqlite/row.ts';
import { tableOf } from '#storage/operations/sqlite/table.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';

type LedgerCounts = Pick<StoringCommit, 'messages' | 'readings' | 'rows'>;

const MESSAGES = tableOf('ledger_message', MessageCount);
const READINGS = tableOf('ledger_reading', ReadingCount);
const ROWS = tableOf('ledger_row', RowChange);

/** Adds a batch's counts to the ledger; to be called inside the transaction that moves the cursor. */
export const addingCounts = (database: DatabaseSync): ((counts: LedgerCounts) => void) => {
  const addMessages = database.prepare(MESSAGES.addTo('journal', 'device', 'hour'));
  const addReadings = database.prepare(READINGS.addTo('journal', 'device', 'hour'));
  const addRows = database.prepare(ROWS.addTo('store', 'device', 'property', 'hour'));
  return ({ messages, readings, rows }) => {
    for (const count of messages) addMessages.run(...MESSAGES.values(count));
    for (const count of readings) addReadings.run(...READINGS.values(count));
    for (const change of rows) addRows.run(...ROWS.values(change));
  };
};

const ofDevice = 'hour BETWEEN $fromHour AND $toHour AND ($device IS NULL OR device = $device) ORDER BY device, hour';

const forgottenName = (store: string): string => `forgotten_before ${store}`;

/** Ledger rows in SQLite. */
export const ledgerRows = (database: DatabaseSync, transaction: Transaction): LedgerRows => {
  const messages = database.prepare(`SELECT * FROM ledger_message WHERE ${ofDevice}`);
  const readings = database.prepare(`SELECT * FROM ledger_reading WHERE ${ofDevice}`);
  const rows = database.prepare(
    `SELECT * FROM ledger_row WHERE store = $store AND hour BETWEEN $fromHour AND $toHour
     ORDER BY device, property, hour`,
  );
  const span = database.prepare('SELECT min(hour) AS first, max(hour) AS last FROM ledger_row WHERE store = $store');
  const forgotten = database.prepare('SELECT value FROM setting WHERE name = $name');
  const putForgotten = database.prepare(
    'INSERT INTO setting (name, value) VALUES ($name, $value) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)',
  );
  return {
    messageCounts: ({ device = null, fromHour, toHour }) => all(messages, MESSAGES.read, { device, fromHour, toHour }),
    readingCounts: ({ device = null, fromHour, toHour }) => all(readings, READINGS.read, { device, fromHour, toHour }),
    rowSpan: (store) => {
      const row = span.get({ store });
      return typeof row?.['first'] === 'number' && typeof row['last'] === 'number'
        ? { fromHour: row['first'], toHour: row['last'] }
        : undefined;
    },
    *rowCounts(store, fromHour, toHour) {
      for (const row of rows.iterate({ store, fromHour, toHour })) yield ROWS.read(row);
    },
    forgottenBefore: (store) => first(forgotten, (row) => number(row, 'value'), { name: forgottenName(store) }),
    noteForgotten: (store, before) =>
      transaction(() => void putForgotten.run({ name: forgottenName(store), value: before })),
  };
};
