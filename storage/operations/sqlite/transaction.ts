import type { DatabaseSync } from 'node:sqlite';

export type Transaction = <T>(change: () => T) => Promise<T>;

/**
 * Runs changes one after another, each in a transaction of its own that is synced when its promise resolves. Of one that
 * fails nothing stands.
 */
export const transactions =
  (database: DatabaseSync): Transaction =>
  async (change) => {
    try {
      database.exec('BEGIN IMMEDIATE');
      const result = change();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
