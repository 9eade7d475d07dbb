import type { DatabaseSync } from 'node:sqlite';
import type { StoringCommit } from '#storage/operations/storing.ts';
import { type LedgerRows, MessageCount, ReadingCount, type RowChange } from '#storage/operations/ledger.ts';
import { all, first, number, text } from '#storage/operations/sqlite/row.ts';
import { tableOf } from '#storage/operations/sqlite/table.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';
import { readCounts, registerAddCounts, writeCounts } from './row-counts.ts';

type LedgerCounts = Pick<StoringCommit, 'messages' | 'readings' | 'rows'>;

const MESSAGES = tableOf('ledger_message', MessageCount);
const READINGS = tableOf('ledger_reading', ReadingCount);

/** The changes of one store, device and hour each, which follow each other. */
const byHour = (rows: readonly RowChange[]): readonly (readonly RowChange[])[] => {
  const groups: RowChange[][] = [];
  for (const row of rows) {
    const [one] = groups.at(-1) ?? [];
    const isSame = one !== undefined && one.device === row.device && one.hour === row.hour && one.store === row.store;
    if (isSame) groups.at(-1)?.push(row);
    else groups.push([row]);
  }
  return groups;
};

/** Adds a batch's counts to the ledger; to be called inside the transaction that moves the cursor. */
export const addingCounts = (database: DatabaseSync): ((counts: LedgerCounts) => void) => {
  const addMessages = database.prepare(MESSAGES.addTo('journal', 'device', 'hour'));
  const addReadings = database.prepare(READINGS.addTo('journal', 'device', 'hour'));
  registerAddCounts(database);
  const addRows = database.prepare(
    `INSERT INTO ledger_row (store, hour, device, counts) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET counts = add_counts(counts, excluded.counts)`,
  );
  return ({ messages, readings, rows }) => {
    for (const count of messages) addMessages.run(...MESSAGES.values(count));
    for (const count of readings) addReadings.run(...READINGS.values(count));
    for (const changes of byHour(rows)) {
      const [one] = changes;
      if (one !== undefined) addRows.run(one.store, one.hour, one.device, writeCounts(changes));
    }
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
     ORDER BY hour, device`,
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
      for (const row of rows.iterate({ store, fromHour, toHour })) {
        const of = { store, device: text(row, 'device'), hour: number(row, 'hour') };
        for (const counts of readCounts(text(row, 'counts'))) yield { ...of, ...counts };
      }
    },
    forgottenBefore: (store) => first(forgotten, (row) => number(row, 'value'), { name: forgottenName(store) }),
    noteForgotten: (store, before) =>
      transaction(() => void putForgotten.run({ name: forgottenName(store), value: before })),
  };
};
