import { backup, DatabaseSync } from 'node:sqlite';

/** Pages of one step: all of them, so that the copy is what one read transaction sees. */
const EVERY_PAGE = 2 ** 31 - 1;

/** Copies a database into a new file while others work on it, beside the main thread and without holding anybody up. */
export const copyDatabase = async (path: string, to: string): Promise<void> => {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    await backup(database, to, { rate: EVERY_PAGE });
  } finally {
    database.close();
  }
};
