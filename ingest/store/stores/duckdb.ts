import { join } from 'node:path';
import type { Store } from '#ingest/store/store.ts';
import { countRows } from './duckdb/count.ts';
import { Database } from './duckdb/database.ts';
import { aggregateRows, readRows } from './duckdb/read.ts';
import type { DuckDbSettings } from './duckdb/settings.ts';
import { lookUpKeys, writeBatch } from './duckdb/write.ts';

export interface DuckDbDeps {
  /** The data folder; the store's file in it is `readings.duckdb`. */
  readonly folder: string;
}

/**
 * Opens the embedded store: one DuckDB file. Other processes cannot open it while this one does.
 * @throws Fault `DATA_LOCKED` when another process has it open, `DATA_NEWER`, `STORE_FAILED`
 */
export const startDuckDbStore = async (settings: DuckDbSettings, deps: DuckDbDeps): Promise<Store> => {
  const database = new Database(join(deps.folder, 'readings.duckdb'), settings);
  await database.open();
  return {
    name: 'duckdb',
    write: async (batch, signal) => {
      if (batch.readings.length > 0 || batch.isRepeat) {
        await database.write(signal, (session) => writeBatch(session, batch));
      }
      return { rejected: [] };
    },
    lookUp: async (keys, signal) =>
      keys.length === 0 ? new Map() : database.write(signal, (session) => lookUpKeys(session, keys)),
    read: (query, signal) => readRows(database, query, signal),
    aggregate: (query, signal) => database.read(signal, (connection) => aggregateRows(connection, query)),
    count: (fromHour, toHour, signal) => countRows(database, fromHour, toHour, signal),
    check: (signal) =>
      database.write(signal, async ({ connection }) => {
        await connection.run('SELECT 1');
      }),
    stop: () => database.stop(),
  };
};
