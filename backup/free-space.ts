import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOf } from './files.ts';
import { Fault } from '#model/base/fault.ts';

/** Paths of the copied data. */
export interface Sources {
  readonly root: string;
  readonly journal: string;
  readonly operations: string;
}

/** Bytes left free on the disk of the data folder, because the journal needs them. */
const LEFT_FREE = 2 ** 30;
/** A disk with less than this counts as full: databases write in blocks and fail at the first that does not fit. */
const BLOCKS = 16 * 2 ** 20;
/** Error texts of the system, SQLite and DuckDB. */
const NO_ROOM = /ENOSPC|EDQUOT|no space left|disk is full|quota exceeded/i;

const freeOn = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/** Two folders of one disk may have two device numbers: the layer of a container differs from its volumes. */
const isOneDisk = async (a: string, b: string): Promise<boolean> =>
  (await stat(a)).dev === (await stat(b)).dev || (await statfs(a)).blocks === (await statfs(b)).blocks;

/** Bytes that must be free on the disk of the backup. */
export const bytesNeeded = async (into: string, { root, journal, operations }: Sources): Promise<number> => {
  const readings = join(root, 'readings.duckdb');
  const sizes = [journal, operations, `${operations}-wal`, readings, `${readings}.wal`].map(bytesOf);
  const sum = (await Promise.all(sizes)).reduce((total, bytes) => total + bytes, 0);
  return sum + ((await isOneDisk(into, root)) ? LEFT_FREE : 0);
};

const full = (folder: string, free: number, needed: number, cause?: unknown): Fault => {
  const detail = `${folder}: its disk has ${free} bytes free, and the backup needs ${needed}`;
  return new Fault('BACKUP_FULL', `${detail}; free some, or name a folder on another disk`, { cause });
};

/** @throws Fault `BACKUP_FULL` when the disk has too few free bytes */
export const checkRoom = async (into: string, needed: number): Promise<void> => {
  const free = await freeOn(into);
  if (free < needed) throw full(into, free, needed);
};

const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && (NO_ROOM.test(error.message) || isDiskFull(error.cause));

/** The fault of a backup that has filled its disk, whichever part failed; undefined for another error. */
export const fullBy = async (error: unknown, folder: string, needed: number): Promise<Fault | undefined> => {
  if (!isDiskFull(error)) return undefined;
  const free = await freeOn(folder);
  // the full disk may be that of the source, where a database keeps new writes
  return free < BLOCKS ? full(folder, free, needed, error) : undefined;
};
