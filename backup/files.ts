import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const CHUNK_BYTES = 2 ** 20;

export interface Hashed {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** True for an error of the operating system, as opposed to a bug. */
export const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'code' in error;

export const isAbsent = (error: unknown): boolean => isSystemError(error) && error.code === 'ENOENT';

/** Reads a file to its end, chunk by chunk. A chunk is valid until the next one. */
async function* chunksOf(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  await using file = await open(path);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
  }
}

/** Length and SHA-256 of a file. */
export const hashFile = async (
  path: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Hashed> => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunksOf(path, signal)) {
    hash.update(chunk);
    bytes += chunk.length;
    onBytes(chunk.length);
  }
  return { bytes, sha256: hash.digest('hex') };
};

/** Writes a new file; it is on disk when the promise resolves. */
export const writeNew = async (
  path: string,
  content: AsyncIterable<Uint8Array> | readonly Uint8Array[],
  mode: number,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<void> => {
  await using file = await open(path, 'wx', mode);
  for await (const chunk of content) {
    await file.writeFile(chunk);
    onBytes(chunk.length);
  }
  await file.sync();
};

/** Copies a file to a new one, which is on disk when the promise resolves. A missing file is skipped. */
// oxlint-disable-next-line max-params -- a copy with its bounds and its progress
export const copyFile = async (
  from: string,
  to: string,
  mode: number,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> => {
  await stat(from);
  await writeNew(to, chunksOf(from, signal), mode, onBytes);
};

/** Restricts a file that a database has written to its owner, and syncs it. */
export const secure = async (path: string): Promise<void> => {
  await using file = await open(path, 'r+');
  await file.chmod(0o600);
  await file.sync();
};

/** Syncs the entries of a folder. */
export const syncFolder = async (path: string): Promise<void> => {
  await using folder = await open(path);
  await folder.sync();
};

/** Paths of all files below a folder, relative to it, sorted. */
export const filesBelow = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const below = (path: string): string => path.slice(folder.length).replace(/^\//, '');
  return entries.flatMap((entry) => (entry.isFile() ? [below(join(entry.parentPath, entry.name))] : [])).sort();
};

/** Size of a file, or of all files below a folder; 0 when nothing exists. */
export const bytesOf = async (path: string): Promise<number> => {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return found.size;
    let sum = 0;
    for (const name of await readdir(path)) sum += await bytesOf(join(path, name));
    return sum;
  } catch (error) {
    if (isAbsent(error)) return 0;
    throw error;
  }
};
