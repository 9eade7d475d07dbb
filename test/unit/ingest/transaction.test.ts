import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { transactions } from '#ingest/operations/sqlite/transaction.ts';
import { tempFolder } from '#test/support/temp-folder.ts';

test('a database that another program holds is an outage, and is written once it is let go', async () => {
  const path = `${tempFolder()}/operations.db`;
  const ours = new DatabaseSync(path, { timeout: 0 });
  const theirs = new DatabaseSync(path, { timeout: 0 });
  onTestFinished(() => {
    ours.close();
    theirs.close();
  });
  ours.exec('PRAGMA journal_mode = WAL; CREATE TABLE note (text TEXT)');
  const transaction = transactions(ours);
  const add = () => transaction(() => ours.exec("INSERT INTO note VALUES ('kept')"));
  theirs.exec('BEGIN IMMEDIATE');
  await expect(add()).rejects.toMatchObject({ code: 'OPERATIONS_FAILED', retry: true });
  theirs.exec('ROLLBACK');
  await add();
  expect(ours.prepare('SELECT count(*) AS notes FROM note').get()).toEqual({ notes: 1 });
});
