import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copyFile, hashFile, isAbsent, isSystemError, syncFolder } from './files.ts';
import { checkShapes, checkStore, type StoreShape } from './compatible.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { Fault } from '#model/base/fault.ts';

export interface RestoreDeps {
  /** The journal in the data folder. */
  readonly journal: string;
  /** Turns the copied journal into one that can be written; before this call it cannot be opened. */
  readonly takeOver: (from: string, journal: string) => Promise<void>;
  /** Kind of the store in the settings. */
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
  /** Files that the next start migrates to a newer version. */
  readonly older: readonly StoreShape[];
}

/** The file with the journal's id comes last: without it nothing starts on a partly restored folder. */
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
    `the data folder ${data} is not empty, and nothing is overwritten; move it away, or name another with KLAWING_DATA`,
  );
};

const check = async (from: string, { files }: Manifest, onBytes: (bytes: number) => void, signal: AbortSignal) => {
  for (const { path, bytes, sha256 } of files) {
    const found = await hashFile(join(from, path), onBytes, signal).catch((error: unknown) => {
      if (isAbsent(error)) throw new Fault('BACKUP_DAMAGED', `${join(from, path)} is missing; use another backup`);
      throw error;
    });
    if (found.bytes === bytes && found.sha256 === sha256) continue;
    const detail = `${join(from, path)} has changed since the backup was made; copy it again, or use another backup`;
    throw new Fault('BACKUP_DAMAGED', detail);
  }
};

// oxlint-disable-next-line max-params -- a copy with its manifest and its progress
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
 * Restores a data folder from a backup. The whole backup is checked before anything is written.
 * @throws Fault `SETTING_INVALID` when the settings name another store than the one of the backup, `CONFLICT` when the data
 * folder is not empty, `BACKUP_DAMAGED` when the backup differs from its manifest, `DATA_NEWER` when a newer version wrote
 * it, `BACKUP_FAILED` on a disk error
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
    const detail = `${data}: ${error.message}; check the disk, empty the folder, then start again`;
    throw new Fault('BACKUP_FAILED', detail, { cause: error });
  }
  return { manifest, older: shapes.filter(({ version, known }) => version < known) };
};
