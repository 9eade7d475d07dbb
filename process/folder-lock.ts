import { DatabaseSync } from 'node:sqlite';
import { Fault } from '#model/base/fault.ts';

export interface FolderLock {
  /** Lets others in. Safe to call twice. */
  release(): void;
}

const BUSY = 5;
/** SQLite's primary result codes for a disk that is read-only, failing or full, and a file that cannot be opened. */
const UNWRITABLE: ReadonlySet<number> = new Set([8, 10, 13, 14]);

const WHAT_TO_DO = {
  JOURNAL_LOCKED: 'stop the broker that uses it, or give this one another KLAWING_DATA',
  DATA_LOCKED: 'stop the ingest that uses it, or give this one another KLAWING_DATA',
} as const;

/**
 * Takes a folder for this process alone, by an exclusive transaction on an empty SQLite file in it: Node has no flock,
 * and unlike a file with a process id this lock is let go by the kernel when the process dies.
 * @throws Fault with the given code when another has it, `DATA_UNWRITABLE` when nothing can be written there
 */
export const lockFolder = (folder: string, code: keyof typeof WHAT_TO_DO): FolderLock => {
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

const toFault = (error: unknown, folder: string, code: keyof typeof WHAT_TO_DO): unknown => {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  const primary = error.errcode & 0xff;
  if (primary === BUSY) return new Fault(code, `${folder}; ${WHAT_TO_DO[code]}`, { cause: error });
  if (!UNWRITABLE.has(primary)) return error;
  const detail = `${folder}/lock: ${error.message}; check its disk, and that the user that Klawing runs as may write there`;
  return new Fault('DATA_UNWRITABLE', detail, { cause: error });
};
