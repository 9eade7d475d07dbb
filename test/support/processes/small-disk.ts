import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from './at-end.ts';
import { tempFolder } from './temp-folder.ts';

const MIB = 2 ** 20;

/** A disk of its own in memory, of so many mebibytes; undefined where we may not mount one. */
export const smallDisk = (mebibytes: number): string | undefined => {
  const folder = join(tempFolder(), 'disk');
  mkdirSync(folder);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]).status === 0;
  if (mounted) atEnd(() => void spawnSync('umount', ['-l', folder]));
  return mounted ? folder : undefined;
};

const freeOn = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

/** Writes so many bytes more; false when there is no room for them. */
const grow = (fd: number, bytes: number): boolean => {
  try {
    writeSync(fd, Buffer.alloc(bytes, 1));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
};

/** Takes all of a disk but so many bytes, as somebody else's file would; with 0, until nothing more goes in. */
export const fillUp = (folder: string, leave: number): string => {
  const ballast = join(folder, 'ballast');
  const fd = openSync(ballast, 'w');
  for (const size of [MIB, 4_096]) {
    while ((leave === 0 || freeOn(folder) > leave + size) && grow(fd, size));
  }
  closeSync(fd);
  return ballast;
};
