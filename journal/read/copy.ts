import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { Fault } from '#model/base/fault.ts';
import { diskFiles, isSystemError, type JournalFile, type JournalFiles } from '#process/files.ts';
import { IDENTITY_FILE, readIdentity } from '#journal/format/identity.ts';
import { encodePosition, POSITION_FILE, type SyncedPosition, readPosition } from '#journal/format/position.ts';
import { listSegments, segmentName } from '#journal/format/segment.ts';

/** Content of a copy of a journal. */
export interface JournalCopy {
  readonly id: string;
  /** Oldest entry that it may have. */
  readonly first: number;
  /** Newest entry. */
  readonly last: number;
}

export interface CopyProgress {
  readonly bytesDone: number;
  readonly bytes: number;
}

const CHUNK_BYTES = 2 ** 20;

/** Undefined for a missing file, which was deleted while others were copied. */
const unlessMissing = async <T>(read: Promise<T>): Promise<T | undefined> => {
  try {
    return await read;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
};

/** Creates a file, fills it and syncs it. */
const make = async (path: string, files: JournalFiles, fill: (file: JournalFile) => Promise<void>): Promise<void> => {
  const file = await files.open(path, 'replace');
  try {
    await fill(file);
    await file.sync();
  } finally {
    await file.close();
  }
};

/**
 * Copies the counts. The number of the checkpoint comes first, so that no file of an hour is older than it says. A newer file of an
 * hour has its own number, and a restart counts the rest again.
 */
const copyReceived = async (folder: string, into: string, files: JournalFiles): Promise<void> => {
  await mkdir(`${into}/received`, { mode: 0o700 });
  const names = (await readdir(`${folder}/received`)).filter((name) => name.endsWith('.json'));
  const ordered = [
    ...names.filter((name) => name === 'through.json'),
    ...names.filter((name) => name !== 'through.json'),
  ];
  for (const name of ordered) {
    const bytes = await unlessMissing(readFile(`${folder}/received/${name}`));
    if (bytes !== undefined) await make(`${into}/received/${name}`, files, (file) => file.write(bytes, 0));
  }
  await files.syncFolder(`${into}/received`);
};

/** Reads at most this number of bytes of a file. A chunk is valid until the next one. */
async function* chunksOf(path: string, bound: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  await using file = await open(path);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let at = 0; at < bound; ) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, Math.min(CHUNK_BYTES, bound - at), at);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
    at += bytesRead;
  }
}

const sizeOf = async (path: string): Promise<number> => {
  await using file = await open(path);
  return (await file.stat()).size;
};

const published = async (folder: string): Promise<SyncedPosition> => {
  const position = readPosition(folder);
  const identity = await readIdentity(folder);
  if (position !== undefined && identity?.id === position.journal) return position;
  throw new Fault('NOT_FOUND', `no journal in ${folder}; start the broker, which creates it`);
};

/** Number of bytes to copy of each segment, oldest first. */
const boundsOf = async (folder: string, to: SyncedPosition): Promise<ReadonlyMap<number, number>> => {
  const bounds = new Map<number, number>();
  for (const first of await listSegments(folder)) {
    if (first > to.segment) continue;
    const size = await unlessMissing(sizeOf(`${folder}/${segmentName(first)}`));
    if (size !== undefined) bounds.set(first, first === to.segment ? to.offset : size);
  }
  return bounds;
};

/** Copies segments one by one and returns the complete ones. `copy` returns false for a deleted segment. */
const copySegments = async (
  segments: Iterable<number>,
  into: string,
  copy: (first: number) => Promise<boolean>,
): Promise<readonly number[]> => {
  let copied: number[] = [];
  for (const first of segments) {
    if (await copy(first)) {
      copied.push(first);
      continue;
    }
    // the oldest segments are deleted first: those before it are deleted in the original too, and a hole would be damage
    for (const deleted of [...copied, first]) await rm(`${into}/${segmentName(deleted)}`, { force: true });
    copied = [];
  }
  return copied;
};

/** `copyJournal` with the file system of the copy as a parameter, for tests. */
export const copyingJournal =
  (files: JournalFiles) =>
  async (
    folder: string,
    into: string,
    onProgress: (progress: CopyProgress) => void,
    signal: AbortSignal,
  ): Promise<JournalCopy> => {
    await published(folder);
    await mkdir(into, { mode: 0o700 });
    await copyReceived(folder, into, files);
    const to = await published(folder);
    const bounds = await boundsOf(folder, to);
    const bytes = [...bounds.values()].reduce((sum, bound) => sum + bound, 0);
    let bytesDone = 0;
    const copied = await copySegments(bounds.keys(), into, async (first) => {
      const name = segmentName(first);
      const copying = make(`${into}/${name}`, files, async (file) => {
        let at = 0;
        for await (const chunk of chunksOf(`${folder}/${name}`, bounds.get(first) ?? 0, signal)) {
          await file.write(chunk, at);
          at += chunk.length;
          onProgress({ bytesDone: (bytesDone += chunk.length), bytes });
        }
      });
      return (await unlessMissing(copying.then(() => true))) ?? false;
    });
    const identity = await readFile(`${folder}/${IDENTITY_FILE}`);
    await make(`${into}/${POSITION_FILE}`, files, (file) => file.write(encodePosition(to), 0));
    await make(`${into}/${IDENTITY_FILE}`, files, (file) => file.write(identity, 0));
    await files.syncFolder(into);
    return { id: to.journal, first: copied[0] ?? to.last + 1, last: to.last };
  };

/**
 * Copies a journal while it is written, up to the position that is synced when the first segment is copied. The counts are
 * copied before, so that they never include an entry that the copy lacks. The caller must not report passed entries to the writer
 * meanwhile, or segments could be deleted before they are copied. When the promise resolves, the copy is on disk, but the entry for
 * the folder itself may not be.
 * @throws Fault `NOT_FOUND` without a journal
 */
export const copyJournal = copyingJournal(diskFiles);
