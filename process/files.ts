import { close, fdatasync, ftruncate, open, rename, statfs, unlink, write, writeSync } from 'node:fs';

/** An open file of the journal. Every call either did all of its work or throws the system's error. */
export interface JournalFile {
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** A few bytes, at once: for the published position, which is cheaper to write than to hand to a thread. */
  writeNow(bytes: Uint8Array, at: number): void;
  /** Data and length are on disk when it resolves (`fdatasync`). */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Safe to call twice: the system may have given the number to another file by then. */
  close(): Promise<void>;
}

/** All that the writer asks of a file system, so that a test can let it fail or lose what was not synced. */
export interface JournalFiles {
  /** `replace` makes the file or empties it, `keep` makes it or leaves it as it is. */
  open(path: string, mode: 'replace' | 'keep'): Promise<JournalFile>;
  /** Brings the folder's entries to disk: what was made, renamed or removed in it. */
  syncFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; one that is not there is removed already. */
  remove(path: string): Promise<void>;
  /** Bytes that a program without privileges may still use on this disk. */
  freeBytes(folder: string): Promise<number>;
}

type FileCallback = (error: NodeJS.ErrnoException | null) => void;

/** Callbacks rather than `fs/promises`: half the cost for each call of a group commit. */
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

/** The disk itself. */
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

/** Tells an error of the operating system, by its name where one is given, from a mistake in the program. */
export const isSystemError = (error: unknown, code?: string): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'code' in error && (code === undefined || error.code === code);

/** Puts a whole file in place so that after a crash either the old or the new content is there, never a part. */
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
