import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import {
  bytesOf,
  copyFile,
  filesBelow,
  hashFile,
  isAbsent,
  isSystemError,
  secure,
  syncFolder,
  writeNew,
} from './files.ts';
import { FORMAT, MANIFEST_FILE, type Manifest } from './manifest.ts';
import { bytesNeeded, checkRoom, fullBy, type Sources } from './free-space.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { Store } from '#storage/readings/store.ts';
import type { JournalCopy } from '#journal/read/copy.ts';
import type { Clock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { formatInstant } from '#model/base/instant.ts';

export interface BackupDeps {
  readonly clock: Clock;
  readonly folder: Sources;
  readonly operations: Pick<Operations, 'copy' | 'cursor'>;
  readonly store: Pick<Store, 'name' | 'copy'>;
  readonly copyJournal: (
    folder: string,
    into: string,
    onProgress: (progress: { readonly bytesDone: number; readonly bytes: number }) => void,
    signal: AbortSignal,
  ) => Promise<JournalCopy>;
  /** Runs a call between two batches of the storing reader. */
  readonly between: <T>(call: () => Promise<T>) => Promise<T>;
  /** Runs a call while the journal keeps every entry. */
  readonly untrimmed: <T>(call: () => Promise<T>) => Promise<T>;
}

export interface BackupProgress {
  readonly stage: 'operations' | 'readings' | 'journal' | 'checksums';
  /** Bytes of this stage, done and total; both 0 where they are unknown. */
  readonly done: number;
  readonly of: number;
}

/** Makes copies of the data folder for `klawing restore`. */
export interface Backup {
  /**
   * Writes a backup into a new folder that only the service's own user can read. At the signal it stops and removes the
   * folder.
   * @throws Fault `CONFLICT` when the folder exists, `REQUEST_INVALID` when it cannot be created, `SERVICE_BUSY` while
   * another backup is written, `BACKUP_FULL` when the disk is too small, `BACKUP_FAILED` on another disk error, and the
   * faults of store and operations
   */
  write(folder: string, onProgress: (progress: BackupProgress) => void, signal: AbortSignal): Promise<Manifest>;
}

/** Small files beside the databases, most of them secrets. A data folder need not have all of them. */
const SMALL = ['format', 'operator.token', 'secret.key', 'demo-secrets.json'];
const OWNER_ONLY = 0o600;
const READINGS = 'readings.duckdb';
/** Interval of progress lines: a caller gives up a connection that is silent for minutes. */
const PROGRESS_EVERY = seconds(5);

const make = async (folder: string, { root }: BackupDeps['folder']): Promise<void> => {
  const invalid = (why: string): Fault => new Fault('REQUEST_INVALID', `${folder} cannot hold a backup: ${why}`);
  if (!isAbsolute(folder) || resolve(folder) !== folder) throw invalid('give an absolute path');
  if (`${folder}/`.startsWith(`${resolve(root)}/`)) throw invalid('it lies in the data folder; choose one elsewhere');
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === 'EEXIST') throw new Fault('CONFLICT', `${folder} exists already; name a new folder`);
    if (error.code === 'ENOENT') throw invalid(`${dirname(folder)} does not exist; create it first`);
    throw invalid(`${error.code}; let the user that Klawing runs as write to ${dirname(folder)}`);
  }
};

/** Copies both databases between the same two batches. The copy of the store is finished while the storing reader goes on. */
const copyDatabases = async (folder: string, deps: BackupDeps, signal: AbortSignal) => {
  const { operations, store, between } = deps;
  const begun = Promise.withResolvers<void>();
  const copies = { operations: join(folder, basename(deps.folder.operations)), readings: join(folder, READINGS) };
  let writing: Promise<number> | undefined;
  const keptThrough = await between(async () => {
    const { sequence = 0 } = operations.cursor('storing') ?? {};
    await operations.copy(copies.operations);
    writing = store.copy?.(copies.readings, begun.resolve, signal);
    await Promise.race([writing, begun.promise]);
    return sequence;
  });
  const rows = writing === undefined ? null : await writing;
  for (const copy of [copies.operations, ...(rows === null ? [] : [copies.readings])]) await secure(copy);
  return { keptThrough, rows };
};

const copySmall = async (folder: string, { root }: BackupDeps['folder'], signal: AbortSignal): Promise<void> => {
  for (const name of SMALL) {
    await copyFile(join(root, name), join(folder, name), OWNER_ONLY, () => undefined, signal).catch(
      (error: unknown) => {
        if (!isAbsent(error)) throw error;
      },
    );
  }
};

/** Fills a folder. The journal is copied last, so that it holds every entry that the databases refer to. */
const fill = async (
  folder: string,
  deps: BackupDeps,
  report: (progress: BackupProgress) => void,
  signal: AbortSignal,
): Promise<Manifest> => {
  report({ stage: 'readings', done: 0, of: 0 });
  const { keptThrough, rows } = await copyDatabases(folder, deps, signal);
  const journal = await deps.copyJournal(
    deps.folder.journal,
    join(folder, 'journal'),
    ({ bytesDone, bytes }) => report({ stage: 'journal', done: bytesDone, of: bytes }),
    signal,
  );
  await copySmall(folder, deps.folder, signal);
  const of = await bytesOf(folder);
  let done = 0;
  const files: Manifest['files'] = [];
  for (const path of await filesBelow(folder)) {
    const onBytes = (bytes: number): void => report({ stage: 'checksums', done: (done += bytes), of });
    files.push({ path, ...(await hashFile(join(folder, path), onBytes, signal)) });
  }
  return {
    format: FORMAT,
    made_at: formatInstant(deps.clock.now()),
    journal,
    kept_through: keptThrough,
    store: { kind: deps.store.name, rows },
    files,
  };
};

const seal = async (folder: string, manifest: Manifest): Promise<void> => {
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  for (const each of [join(folder, 'journal', 'received'), join(folder, 'journal'), folder]) await syncFolder(each);
  await writeNew(join(folder, MANIFEST_FILE), [Buffer.from(text)], OWNER_ONLY);
  await syncFolder(folder);
  await syncFolder(dirname(folder));
};

const toFault = async (error: unknown, folder: string, needed: number): Promise<unknown> => {
  const full = await fullBy(error, folder, needed);
  if (full !== undefined || !isSystemError(error)) return full ?? error;
  return new Fault('BACKUP_FAILED', `${folder}: ${error.message}; check the disk, then start again`, { cause: error });
};

export const makeBackup = (deps: BackupDeps): Backup => {
  let isRunning = false;

  const write: Backup['write'] = async (folder, onProgress, signal) => {
    await make(folder, deps.folder);
    let last: BackupProgress | undefined;
    const report = (progress: BackupProgress): void => onProgress((last = progress));
    const again = deps.clock.every(PROGRESS_EVERY, () => {
      if (last !== undefined) onProgress(last);
    });
    let needed = 0;
    try {
      needed = await bytesNeeded(folder, deps.folder);
      await checkRoom(folder, needed);
      const manifest = await deps.untrimmed(() => fill(folder, deps, report, signal));
      await seal(folder, manifest);
      return manifest;
    } catch (error) {
      const fault = await toFault(error, folder, needed);
      await rm(folder, { recursive: true, force: true });
      throw fault;
    } finally {
      again.stop();
    }
  };

  return {
    write: async (folder, onProgress, signal) => {
      if (isRunning) throw new Fault('SERVICE_BUSY', 'another backup is being written; wait until it is done');
      isRunning = true;
      try {
        return await write(folder, onProgress, signal);
      } finally {
        isRunning = false;
      }
    },
  };
};
