import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDataFolder } from '#runtime/data-folder.ts';
import { lockFolder } from '#process/folder-lock.ts';
import { fillUp, smallDisk } from '#test/support/processes/small-disk.ts';

const unwritable = (words: RegExp) =>
  expect.objectContaining({ name: 'Fault', code: 'DATA_UNWRITABLE', detail: expect.stringMatching(words) });

test('a data folder on a full disk is refused with file and remedy, and no draft stays', ({ skip }) => {
  const disk = smallDisk(1);
  if (disk === undefined) return skip('a small disk can only be mounted as root');
  fillUp(disk, 0);
  const root = join(disk, 'data');
  expect(() => openDataFolder(root)).toThrow(unwritable(/data\/format: ENOSPC.*free some of its disk/));
  expect(readdirSync(root)).toEqual([]);
});

test('a data folder on a read-only disk is refused with file and remedy, also where only the lock is missing', ({
  skip,
}) => {
  const disk = smallDisk(1);
  if (disk === undefined) return skip('a small disk can only be mounted as root');
  expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0);
  expect(() => openDataFolder(disk)).toThrow(unwritable(/format: EROFS/));
  expect(() => lockFolder(disk, 'DATA_LOCKED')).toThrow(unwritable(/lock: .*check its disk/));
});
