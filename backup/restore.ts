import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copyFile, hashFile, isAbsent, isSystemError, syncFolder } from './files.ts';
import { checkShapes, checkStore, type StoreShape } from './fits.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { Fault } from '#model/base/fault.ts';

export interface RestoreDeps {
  /** The folder of a data folder that holds the journal. */
  readonly journal: string;
  /** Makes the copied journal one that may be written on; it is no journal before. */
  readonly takeOver: (from: string, journal: string) => Promise<void>;
  /** Kind of the store that the settings name. */
  readonly store: string;
  /** Versions of the databases in the backup. */
  readonly shapes: (from: string) => Promise<readonly StoreShape[]>;
  readonly signal: AbortSignal;
}

export interface RestoreProgress {
  readonly stage: 'checking' | 'copying';
  readonly done: number;
  readonly of: number;
}

export interface Restored {
  readonly manifest: Manifest;
  /** What the next start brings to a newer version. */
  readonly older: readonly StoreShape[];
}

/** What the journal is named by comes last: without it nothing starts on a folder that is half restored. */
const NAMES_THE_JOURNAL = 'journal/journal.json';
const OWNER_ONLY = { file: 0o600, folder: 0o700 } as const;

const checkEmpty = async (data: string): Promise<void> => {
  const names = await readdir(data).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  if (names.length === 0) return;
  throw new Fault(
    'CONFLICT',
    `the data folder ${data} is not empty; move it away, or name another with KLAWING_DATA: nothing is written over`,
  );
};

const check = async (from: string, { files }: Manifest, onBytes: (bytes: number) => void, signal: AbortSignal) => {
  for (const { path, bytes, sha256 } of files) {
    const found = await hashFile(join(from, path), onBytes, signal).catch((error: unknown) => {
      if (isAbsent(error)) throw new Fault('BACKUP_DAMAGED', `${join(from, path)} is missing; use another backup`);
      throw error;
    });
    if (found.bytes === bytes && found.sha256 === sha256) continue;
    const detail = `${join(from, path)} was changed since the backup was made; copy it anew, or use another backup`;
    throw new Fault('BACKUP_DAMAGED', detail);
  }
};

const copy = async (
  from: string,
  data: string,
  { files }: Manifest,
  onBytes: (bytes: number) => void,
  { journal, signal }: RestoreDeps,
): Promise<void> => {
  await mkdir(data, { recursive: true, mode: OWNER_ONLY.folder });
  await mkdir(join(journal, 'received'), { recursive: true, mode: OWNER_ONLY.folder });
  for (const { path } of files) {
    if (path === NAMES_THE_JOURNAL) continue;
    await copyFile(join(from, path), join(data, path), OWNER_ONLY.file, onBytes, signal);
  }
  for (const folder of [join(journal, 'received'), journal, data, dirname(data)]) await syncFolder(folder);
};

/**
 * Makes a data folder out of a backup, which is checked whole before anything is written.
 * @throws Fault `SETTING_INVALID` when the settings name another store than the one of the backup, `CONFLICT` when the data
 * folder holds something, `BACKUP_DAMAGED` when the backup is not what its manifest says, `DATA_NEWER` when a newer version
 * made it, `BACKUP_FAILED` when the disk does not take it
 */
export const restore = async (
  from: string,
  data: string,
  onProgress: (progress: RestoreProgress) => void,
  deps: RestoreDeps,
): Promise<Restored> => {
  const manifest = await readManifest(from);
  checkStore(manifest, deps.store);
  await checkEmpty(data);
  const of = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const telling = (stage: RestoreProgress['stage']) => {
    let done = 0;
    return (bytes: number): void => onProgress({ stage, done: (done += bytes), of });
  };
  await check(from, manifest, telling('checking'), deps.signal);
  const shapes = await deps.shapes(from);
  checkShapes(shapes);
  try {
    await copy(from, data, manifest, telling('copying'), deps);
    await deps.takeOver(join(from, 'journal'), deps.journal);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const detail = `${data}: ${error.message}; check the disk, remove what is in the folder, and begin again`;
    throw new Fault('BACKUP_FAILED', detail, { cause: error });
  }
  return { manifest, older: shapes.filter(({ version, known }) => version < known) };
};
