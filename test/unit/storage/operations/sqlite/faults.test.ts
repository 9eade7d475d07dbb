import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Operations } from '#storage/operations/operations.ts';
import { faulting, toFault } from '#storage/operations/sqlite/faults.ts';
import { inspectDatabase } from '#storage/operations/sqlite/inspect.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { transactions } from '#storage/operations/sqlite/transaction.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { fillUp, smallDisk } from '#test/support/processes/small-disk.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { NO_IDENTITIES } from '#test/support/builders/identities.ts';

const failing = (path: string, retry: boolean, words: RegExp) => ({
  name: 'Fault',
  code: 'OPERATIONS_FAILED',
  retry,
  detail: expect.stringMatching(new RegExp(`^${path}: .*${words.source}`)),
});

const opened = (path: string): Operations => {
  const operations = openSqliteOperations(path);
  onTestFinished(() => operations.stop());
  return operations;
};

/** Fills the first page of tables with nonsense; what says which tables there are stays whole. */
const damageTables = (path: string, tables: readonly string[]): void => {
  const database = new DatabaseSync(path);
  const rootOf = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?');
  const roots = tables.map((table) => Number(rootOf.get(table)?.['rootpage']));
  const pageBytes = Number(database.prepare('PRAGMA page_size').get()?.['page_size']);
  database.close();
  const bytes = readFileSync(path);
  for (const root of roots) bytes.fill(0xff, (root - 1) * pageBytes, root * pageBytes);
  writeFileSync(path, bytes);
};

const addStation = (operations: Operations) =>
  operations.changeRegistry([{ kind: 'put-station', station: aStation() }]);

describe('a database', () => {
  test('that another program holds is an outage, and is written once it is let go', async () => {
    const path = `${tempFolder()}/operations.db`;
    const ours = new DatabaseSync(path, { timeout: 0 });
    const theirs = new DatabaseSync(path, { timeout: 0 });
    onTestFinished(() => {
      ours.close();
      theirs.close();
    });
    ours.exec('PRAGMA journal_mode = WAL; CREATE TABLE note (text TEXT)');
    const transaction = transactions(ours);
    const { add } = faulting({ add: () => transaction(() => ours.exec("INSERT INTO note VALUES ('kept')")) }, path);
    theirs.exec('BEGIN IMMEDIATE');
    await expect(add()).rejects.toMatchObject(failing(path, true, /locked; end the program/));
    theirs.exec('ROLLBACK');
    await add();
    expect(ours.prepare('SELECT count(*) AS notes FROM note').get()).toEqual({ notes: 1 });
  });

  test('that is none is refused with what to do', () => {
    const path = join(tempFolder(), 'operations.db');
    writeFileSync(path, 'this was a database once, before somebody wrote over it with an editor'.repeat(100));
    const refused = failing(path, false, /not a database; the file is damaged: stop Klawing, and restore a backup/);
    expect(() => openSqliteOperations(path)).toThrow(expect.objectContaining(refused));
    expect(() => inspectDatabase(path)).toThrow(expect.objectContaining(refused));
  });

  test('whose pages are damaged says so when it is read, in a transaction or not, also row by row', async () => {
    const path = join(tempFolder(), 'operations.db');
    const before = opened(path);
    await addStation(before);
    await before.changeRegistry([{ kind: 'put-device', device: aDevice() }]);
    const none = { processed: 0, quarantined: 0, discarded: 0 };
    await before.commitStored({
      cursor: { journal: 'j', sequence: 1 },
      messages: [{ ...none, journal: 'j', device: 'dev-1', hour: 1 }],
      rows: [{ store: 'duckdb', device: 'dev-1', property: 'pm10', hour: 1, stored: 1, revised: 0 }],
      readings: [],
      newestTimes: [],
      identities: NO_IDENTITIES,
      quarantined: [],
    });
    await before.stop();
    damageTables(path, ['cursor', 'ledger_row', 'intent']);

    const after = opened(path);
    const damaged = expect.objectContaining(failing(path, false, /malformed; the file is damaged/));
    expect(() => after.cursor('storing')).toThrow(damaged);
    expect(() => [...after.rowCounts('duckdb', 0, 2)]).toThrow(damaged);
    await expect(after.intend({ journal: 'j', from: 1, to: 2, classified: [] })).rejects.toEqual(damaged);
  });

  test('on a full disk is an outage, and is read meanwhile', async ({ skip }) => {
    const disk = smallDisk(4);
    if (disk === undefined) return skip('a small disk can only be mounted as root');
    const path = join(disk, 'operations.db');
    const operations = opened(path);
    await addStation(operations);
    const ballast = fillUp(disk, 0);
    const plan = { readings: 'x'.repeat(100_000) };
    await expect(operations.planReplay(plan)).rejects.toMatchObject(failing(path, true, /full; .*free some of it/));
    expect(operations.registry().stations.size).toBe(1);
    rmSync(ballast);
    await operations.planReplay(plan);
    expect(operations.replayPlan()).toEqual(plan);
  });

  test('in a folder that is not there says that it may not be opened', () => {
    const path = join(tempFolder(), 'nowhere', 'operations.db');
    const away = failing(path, true, /unable to open database file; check the disk/);
    expect(() => openSqliteOperations(path)).toThrow(expect.objectContaining(away));
  });
});

describe('an input or output error', () => {
  const said = (errcode: number) => {
    const error = Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode });
    return toFault(error, '/data/operations.db');
  };

  test.for([
    ['IOERR_DATA', 8_202],
    ['IOERR_CORRUPTFS', 8_458],
  ] as const)('of %s is damage, which no waiting mends', ([, code]) => {
    expect(said(code)).toMatchObject(failing('/data/operations.db', false, /the file is damaged: .*restore a backup/));
  });

  test('of any other kind is an outage of the disk', () => {
    // IOERR, IOERR_READ, IOERR_FSYNC
    for (const code of [10, 266, 1_034]) {
      expect(said(code)).toMatchObject(failing('/data/operations.db', true, /check the disk/));
    }
  });
});

test('a mistake in a statement stays a bug', () => {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  const { look } = faulting({ look: () => database.exec('SELECT nothing FROM nowhere') }, 'memory');
  expect(look).toThrow(expect.not.objectContaining({ code: 'OPERATIONS_FAILED' }));
});
