import { DatabaseSync } from 'node:sqlite';
import { Fault } from '#model/fault.ts';

export interface FolderLock {
  /** Lets others in. Safe to call twice. */
  release(): void;
}

const SQLITE_BUSY = 5;

const WHAT_TO_DO = {
  JOURNAL_LOCKED: 'stop the broker that uses it, or give this one another KLAWING_DATA',
  DATA_LOCKED: 'stop the ingest that uses it, or give this one another KLAWING_DATA',
} as const;

/**
 * Takes a folder for this process alone, by an exclusive transaction on an empty SQLite file in it: Node has no flock,
 * and unlike a file with a process id this lock is let go by the kernel when the process dies.
 * @throws Fault with the given code when another has it
 */
export const lockFolder = (folder: string, code: keyof typeof WHAT_TO_DO): FolderLock => {
  const database = new DatabaseSync(`${folder}/lock`, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!(error instanceof Error) || !('errcode' in error) || error.errcode !== SQLITE_BUSY) throw error;
    throw new Fault(code, `${folder}; ${WHAT_TO_DO[code]}`, { cause: error });
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
};
