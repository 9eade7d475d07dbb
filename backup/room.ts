import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOf } from './files.ts';
import { Fault } from '#model/base/fault.ts';

/** Where what is copied lies. */
export interface Sources {
  readonly root: string;
  readonly journal: string;
  readonly operations: string;
}

/** On the disk of the data folder: a backup must not fill the one that the journal needs. */
const LEFT_FREE = 2 ** 30;
/** With less than this a disk is full: databases write in blocks, and give up at the first that does not fit. */
const BLOCKS = 16 * 2 ** 20;
/** In the words of the system, of SQLite and of DuckDB. */
const NO_ROOM = /ENOSPC|EDQUOT|no space left|disk is full|quota exceeded/i;

const freeOn = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/** Two folders of one disk need not have one device number: a container's own layer has another than its volumes. */
const isOneDisk = async (a: string, b: string): Promise<boolean> =>
  (await stat(a)).dev === (await stat(b)).dev || (await statfs(a)).blocks === (await statfs(b)).blocks;

/** Bytes that must be free where a backup is written to. */
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

/** @throws Fault `BACKUP_FULL` when there is less room than a backup needs */
export const checkRoom = async (into: string, needed: number): Promise<void> => {
  const free = await freeOn(into);
  if (free < needed) throw full(into, free, needed);
};

const speaksOfRoom = (error: unknown): boolean =>
  error instanceof Error && (NO_ROOM.test(error.message) || speaksOfRoom(error.cause));

/** The fault of a backup that filled its disk, whichever part of it met the end; undefined where it did not. */
export const fullBy = async (error: unknown, folder: string, needed: number): Promise<Fault | undefined> => {
  if (!speaksOfRoom(error)) return undefined;
  const free = await freeOn(folder);
  // it may as well be the disk that is read from, where a database keeps what is written meanwhile
  return free < BLOCKS ? full(folder, free, needed, error) : undefined;
};
