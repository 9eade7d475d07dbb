import { DatabaseSync } from 'node:sqlite';
import { Fault } from '#model/base/fault.ts';

export interface FolderLock {
  /** Safe to call twice. */
  release(): void;
}

const BUSY = 5;
/** Primary result codes of SQLite: read-only disk, I/O error, full disk, file that cannot be opened. */
const UNWRITABLE: ReadonlySet<number> = new Set([8, 10, 13, 14]);

const ADVICE = {
  JOURNAL_LOCKED: 'stop the broker that uses it, or give this one another KLAWING_DATA',
  DATA_LOCKED: 'stop the ingest that uses it, or give this one another KLAWING_DATA',
} as const;

/**
 * Locks a folder for this process with an exclusive transaction on an empty SQLite file. Node.js has no flock, and the kernel releases
 * this lock when the process dies, unlike a file with a process id.
 * @throws Fault with the given code when another process has the lock, `DATA_UNWRITABLE` when the folder cannot be written
 */
export const lockFolder = (folder: string, code: keyof typeof ADVICE): FolderLock => {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(`${folder}/lock`, { timeout: 0 });
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    throw toFault(error, folder, code);
  }
  const held = database;
  return {
    release: () => {
      if (held.isOpen) held.close();
    },
  };
};

const toFault = (error: unknown, folder: string, code: keyof typeof ADVICE): unknown => {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  const primary = error.errcode & 0xff;
  if (primary === BUSY) return new Fault(code, `${folder}; ${ADVICE[code]}`, { cause: error });
  if (!UNWRITABLE.has(primary)) return error;
  const detail = `${folder}/lock: ${error.message}; check its disk, and that the user that Klawing runs as may write there`;
  return new Fault('DATA_UNWRITABLE', detail, { cause: error });
};
