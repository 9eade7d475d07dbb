import { DatabaseSync } from 'node:sqlite';
import type { Operations } from '#storage/operations/operations.ts';
import { validIn } from '#model/readings/valid.ts';
import { accountRows } from './accounts.ts';
import { alertRows } from './alerts/alerts.ts';
import { auditing } from './audit.ts';
import { commandRows } from './commands/commands.ts';
import { copyDatabase } from './copy.ts';
import { configRows } from './commands/configs.ts';
import { faulting, toFault } from './faults.ts';
import { storingRows } from './readings/storing.ts';
import { ledgerRows } from './readings/ledger.ts';
import { qualityRows } from './readings/quality.ts';
import { quarantineRows } from './readings/quarantine.ts';
import { replayRows } from './readings/replay.ts';
import { registryRows } from './registry/registry.ts';
import { migrate } from './migrate.ts';
import { transactions } from './transaction.ts';
import { monitorRows } from './monitor.ts';
import { alertingRows } from './alerts/alerting.ts';

/**
 * Opens the operations database, makes it or brings it to the newest shape. Write-ahead log with `synchronous=FULL`:
 * a transaction is on disk when it returns, and the broker reads beside it without waiting.
 * Where the file is held, away, full or damaged, the call that met it throws the Fault `OPERATIONS_FAILED`; with `retry`
 * unless it is damaged.
 * @throws Fault `DATA_NEWER` when a newer program wrote it, `DATA_OLDER` when it is from before the first release, `OPERATIONS_FAILED`
 */
export const openSqliteOperations = (path: string): Operations => {
  const database = open(path);
  const audit = auditing(database);
  const transaction = transactions(database, audit.hooks);
  const registry = registryRows(database, transaction);
  const rows: Operations = {
    ...registry,
    ...storingRows(database, transaction),
    ...alertingRows(database, transaction),
    ...alertRows(database, transaction),
    ...ledgerRows(database, transaction),
    ...qualityRows(database, transaction),
    ...quarantineRows(database, transaction),
    ...replayRows(database, transaction, validIn(registry.registry)),
    ...monitorRows(database, transaction),
    ...commandRows(database, transaction),
    ...configRows(database, transaction),
    ...accountRows(database, transaction),
    ...audit.rows(transaction),
    copy: (to) => copyDatabase(path, to),
    stop: async () => {
      if (database.isOpen) database.close();
    },
  };
  return faulting(rows, path);
};

const open = (path: string): DatabaseSync => {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;
    `);
    migrate(database, path);
    return database;
  } catch (error) {
    database?.close();
    throw toFault(error, path);
  }
};
