import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '#model/fault.ts';

export type Transaction = <T>(change: () => T) => Promise<T>;

const BUSY = 5;
/** SQLite's result codes for a file that another program holds, or a disk that is read-only, failing or full. */
const OUTAGE_CODES: ReadonlySet<number> = new Set([BUSY, 8, 10, 13]);

const WHEN_BUSY = 'end the program that writes the operations database beside Klawing';
const WHEN_FAILING = 'free disk space or check the disk of the data folder';

const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;

/**
 * Runs changes one after another, each in a transaction of its own that is synced when its promise resolves. When
 * the file is held or the disk full or failing, nothing of it stands and a `Fault` with `retry` says so.
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
      const code = codeOf(error);
      if (code === undefined || !OUTAGE_CODES.has(code)) throw error;
      const reason = error instanceof Error ? error.message : 'unknown';
      throw new Fault('OPERATIONS_FAILED', `${reason}; ${code === BUSY ? WHEN_BUSY : WHEN_FAILING}`, {
        cause: error,
        retry: true,
      });
    }
  };
