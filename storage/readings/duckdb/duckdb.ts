import { join } from 'node:path';
import type { Store } from '#storage/readings/store.ts';
import { countRows } from './count.ts';
import { copyRows } from './copy.ts';
import { Database } from './database.ts';
import { forgetRows } from './forget.ts';
import { aggregateRows, readRows } from './read.ts';
import { requalifyAlone } from './requalify.ts';
import type { DuckDbSettings } from './settings.ts';
import { lookUpKeys, writeBatch } from './write.ts';
import { isOutage } from '#model/base/fault.ts';

export interface DuckDbDeps {
  /** The data folder; the store's file in it is `readings.duckdb`. */
  readonly folder: string;
}

/**
 * Opens the embedded store: one DuckDB file. Other processes cannot open it while this one does. Where another has it
 * open, or the disk is full, every call says so until that is over.
 * @throws Fault `DATA_NEWER`
 */
export const startDuckDbStore = async (settings: DuckDbSettings, deps: DuckDbDeps): Promise<Store> => {
  const database = new Database(join(deps.folder, 'readings.duckdb'), settings);
  try {
    await database.open();
  } catch (error) {
    // the storing reader waits for it like for any store that is away; the alerting reader must not
    if (!isOutage(error)) throw error;
  }
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
    requalify: async (changed, signal) => {
      if (changed.length > 0) await database.write(signal, (session) => requalifyAlone(session, changed));
    },
    read: (query, signal) => readRows(database, query, signal),
    aggregate: (query, signal) => database.read(signal, (connection) => aggregateRows(connection, query)),
    count: (fromHour, toHour, signal) => countRows(database, fromHour, toHour, signal),
    check: (signal) =>
      database.write(signal, async ({ connection }) => {
        await connection.run('SELECT 1');
      }),
    copy: (path, onBegun, signal) => copyRows(database, path, onBegun, signal),
    forget: (before, signal) => database.write(signal, ({ connection }) => forgetRows(connection, before)),
    stop: () => database.stop(),
  };
};
