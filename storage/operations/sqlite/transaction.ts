import type { DatabaseSync } from 'node:sqlite';

export type Transaction = <T>(change: () => T) => Promise<T>;

/** Work that belongs to every transaction. */
export interface TransactionHooks {
  /** Called inside the transaction, behind the change. */
  readonly beforeCommit: () => void;
  /** Called when the transaction has failed. */
  readonly afterRollback: () => void;
}

const NO_HOOKS: TransactionHooks = { beforeCommit: () => undefined, afterRollback: () => undefined };

/**
 * Runs changes one after another, each in a transaction of its own that is synced when its promise resolves. Of one that
 * fails nothing stands.
 */
export const transactions =
  (database: DatabaseSync, { beforeCommit, afterRollback } = NO_HOOKS): Transaction =>
  async (change) => {
    try {
      database.exec('BEGIN IMMEDIATE');
      const result = change();
      beforeCommit();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      afterRollback();
      throw error;
    }
  };
