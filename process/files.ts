import { close, fdatasync, ftruncate, open, rename, statfs, unlink, write, writeSync } from 'node:fs';

/** An open file of the journal. Each call does all of its work or throws the error of the system. */
export interface JournalFile {
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Writes synchronously. For the published position, whose few bytes are faster to write than to pass to a thread. */
  writeNow(bytes: Uint8Array, at: number): void;
  /** Data and length are on disk when it resolves (`fdatasync`). */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Safe to call twice, although the system may have given the descriptor to another file. */
  close(): Promise<void>;
}

/** The file system as the writer uses it. A test replaces it to make calls fail or to lose unsynced data. */
export interface JournalFiles {
  /** `replace` creates or empties the file, `keep` creates it or leaves its content. */
  open(path: string, mode: 'replace' | 'keep'): Promise<JournalFile>;
  /** Syncs the entries of a folder: files that were created, renamed or removed. */
  syncFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; a missing file is not an error. */
  remove(path: string): Promise<void>;
  /** Free bytes for a program without privileges. */
  freeBytes(folder: string): Promise<number>;
}

type FileCallback = (error: NodeJS.ErrnoException | null) => void;

/** Wraps a callback. The functions of `fs/promises` cost twice as much for each call of a group commit. */
const call = (start: (done: FileCallback) => void): Promise<void> =>
  new Promise((resolve, reject) => start((error) => (error === null ? resolve() : reject(error))));

const writeAll = (fd: number, bytes: Uint8Array, at: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const from = (start: number): void =>
      write(fd, bytes, start, bytes.length - start, at + start, (error, written) => {
        if (error !== null) reject(error);
        else if (start + written < bytes.length) from(start + written);
        else resolve();
      });
    from(0);
  });

const openNumber = (path: string, flags: string): Promise<number> =>
  new Promise((resolve, reject) =>
    open(path, flags, 0o600, (error, fd) => (error === null ? resolve(fd) : reject(error))),
  );

const openFile = async (path: string, mode: 'replace' | 'keep'): Promise<JournalFile> => {
  const fd = await openNumber(path, mode === 'replace' ? 'w+' : 'r+').catch((error: unknown) => {
    if (mode === 'keep' && isSystemError(error, 'ENOENT')) return openNumber(path, 'w+');
    throw error;
  });
  let closed: Promise<void> | undefined;
  return {
    write: (bytes, at) => writeAll(fd, bytes, at),
    writeNow: (bytes, at) => void writeSync(fd, bytes, 0, bytes.length, at),
    sync: () => call((done) => fdatasync(fd, done)),
    truncate: (length) => call((done) => ftruncate(fd, length, done)),
    close: () => (closed ??= call((done) => close(fd, done))),
  };
};

/** The file system of the operating system. */
export const diskFiles: JournalFiles = {
  open: openFile,
  syncFolder: async (path) => {
    const fd = await openNumber(path, 'r');
    try {
      await call((done) => fdatasync(fd, done));
    } finally {
      await call((done) => close(fd, done));
    }
  },
  rename: (from, to) => call((done) => rename(from, to, done)),
  remove: (path) => call((done) => unlink(path, (error) => done(error?.code === 'ENOENT' ? null : error))),
  freeBytes: (folder) =>
    new Promise((resolve, reject) =>
      statfs(folder, (error, stats) => (error === null ? resolve(stats.bavail * stats.bsize) : reject(error))),
    ),
};

/** Tells an error of the operating system, optionally with this code, from an error of the program. */
export const isSystemError = (error: unknown, code?: string): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'code' in error && (code === undefined || error.code === code);

/** Replaces a file as a whole: after a crash it has either the old or the new content. */
export const writeWhole = async (files: JournalFiles, folder: string, name: string, text: string): Promise<void> => {
  const path = `${folder}/${name}`;
  const file = await files.open(`${path}.new`, 'replace');
  try {
    await file.write(Buffer.from(text), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(`${path}.new`, path);
  await files.syncFolder(folder);
};
