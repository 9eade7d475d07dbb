import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type BackupDeps, type BackupProgress, makeBackup } from '#backup/backup.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { StoreSettings, startStore } from '#storage/readings/index.ts';
import { copyJournal } from '#journal/read/copy.ts';
import { fill, JOURNALS, startWriter } from '#test/support/builders/journals.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { fillUp, smallDisk } from '#test/support/processes/small-disk.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const never = new AbortController().signal;

/** A data folder with a little of everything in it. */
const world = async (): Promise<BackupDeps> => {
  const root = tempFolder();
  const clock = manualClock();
  const folder = { root, journal: join(root, 'journal'), operations: join(root, 'operations.db') };
  const [kind] = JOURNALS;
  if (kind === undefined) throw new Error('there is no journal');
  await fill(await startWriter(kind, folder.journal), 1, 50);
  const operations = openSqliteOperations(folder.operations);
  onTestFinished(() => operations.stop());
  const store = await startStore(StoreSettings.parse({ kind: 'duckdb' }), { folder: root, clock, log: silentLog() });
  onTestFinished(() => store.stop());
  return {
    clock,
    folder,
    operations,
    store,
    copyJournal,
    between: (call) => call(),
    untrimmed: (call) => call(),
  };
};

test('a disk without the room for a backup is named with the bytes, and nothing is written', async ({ skip }) => {
  const disk = smallDisk(24);
  if (disk === undefined) return skip('a small disk can only be mounted as root');
  const deps = await world();
  const folder = join(disk, 'backup');
  fillUp(disk, 8_192);
  await expect(makeBackup(deps).write(folder, () => undefined, never)).rejects.toMatchObject({
    code: 'BACKUP_FULL',
    detail: expect.stringMatching(/backup: its disk has \d+ bytes free, and the backup needs \d+; free some/),
  });
  expect(existsSync(folder)).toBe(false);
});

const tellsFull = async (deps: BackupDeps, disk: string, onProgress: (progress: BackupProgress) => void) => {
  const folder = join(disk, 'backup');
  await expect(makeBackup(deps).write(folder, onProgress, never)).rejects.toMatchObject({
    code: 'BACKUP_FULL',
    detail: expect.stringContaining(folder),
  });
  expect(existsSync(folder), 'a half of it').toBe(false);
};

test.for(['readings', 'journal', 'checksums'] as const)(
  'a disk that fills up at the stage %s says so, and keeps no half of a backup',
  async (stage, { skip }) => {
    const disk = smallDisk(24);
    if (disk === undefined) return skip('a small disk can only be mounted as root');
    let isFull = false;
    await tellsFull(await world(), disk, (progress) => {
      if (progress.stage === stage && !isFull) isFull = fillUp(disk, 0) !== '';
    });
  },
);

test('a disk that fills up while the store writes its rows says so, and keeps no half of a backup', async ({
  skip,
}) => {
  const disk = smallDisk(24);
  if (disk === undefined) return skip('a small disk can only be mounted as root');
  const deps = await world();
  const copy: BackupDeps['operations']['copy'] = async (to) => {
    await deps.operations.copy(to);
    fillUp(disk, 0);
  };
  const operations = { copy, cursor: deps.operations.cursor };
  await tellsFull({ ...deps, operations }, disk, () => undefined);
});
