import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { Fault } from '#model/base/fault.ts';
import { diskFiles, isSystemError, type JournalFile, type JournalFiles } from '#process/files.ts';
import { IDENTITY_FILE, readIdentity } from '#journal/format/identity.ts';
import { encodePosition, POSITION_FILE, type SyncedPosition, readPosition } from '#journal/format/position.ts';
import { listSegments, segmentName } from '#journal/format/segment.ts';

/** What a copy of a journal holds. */
export interface JournalCopy {
  readonly id: string;
  /** Oldest entry that it may hold. */
  readonly first: number;
  /** Newest entry. */
  readonly last: number;
}

export interface CopyProgress {
  readonly bytesDone: number;
  readonly bytes: number;
}

const CHUNK_BYTES = 2 ** 20;

/** Undefined where the file is gone: it was trimmed, or pruned, while others were copied. */
const unlessGone = async <T>(read: Promise<T>): Promise<T | undefined> => {
  try {
    return await read;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
};

/** Makes a file, fills it, and brings it to disk. */
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
 * The checkpoint's own number first, so that no file of an hour is older than it says: an hour that is newer knows by
 * itself how far it reaches, and a restart counts the rest again.
 */
const copyReceived = async (folder: string, into: string, files: JournalFiles): Promise<void> => {
  await mkdir(`${into}/received`, { mode: 0o700 });
  const names = (await readdir(`${folder}/received`)).filter((name) => name.endsWith('.json'));
  const ordered = [
    ...names.filter((name) => name === 'through.json'),
    ...names.filter((name) => name !== 'through.json'),
  ];
  for (const name of ordered) {
    const bytes = await unlessGone(readFile(`${folder}/received/${name}`));
    if (bytes !== undefined) await make(`${into}/received/${name}`, files, (file) => file.write(bytes, 0));
  }
  await files.syncFolder(`${into}/received`);
};

/** Reads the first bytes of a file, to its end where there are fewer; a chunk is valid until the next. */
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
  throw new Fault('NOT_FOUND', `no journal in ${folder}; start the broker, which makes it`);
};

/** How many bytes of each segment are copied, oldest first. */
const boundsOf = async (folder: string, to: SyncedPosition): Promise<ReadonlyMap<number, number>> => {
  const bounds = new Map<number, number>();
  for (const first of await listSegments(folder)) {
    if (first > to.segment) continue;
    const size = await unlessGone(sizeOf(`${folder}/${segmentName(first)}`));
    if (size !== undefined) bounds.set(first, first === to.segment ? to.offset : size);
  }
  return bounds;
};

/** Copies segments one by one; gives those that are whole. The copy of one is false where it is gone. */
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
    // what is trimmed is the oldest: those before it are gone from the original too, and a hole would be damage
    for (const gone of [...copied, first]) await rm(`${into}/${segmentName(gone)}`, { force: true });
    copied = [];
  }
  return copied;
};

/** See `copyJournal`; the files of the copy are those of a disk that a test has in its hand. */
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
      return (await unlessGone(copying.then(() => true))) ?? false;
    });
    const identity = await readFile(`${folder}/${IDENTITY_FILE}`);
    await make(`${into}/${POSITION_FILE}`, files, (file) => file.write(encodePosition(to), 0));
    await make(`${into}/${IDENTITY_FILE}`, files, (file) => file.write(identity, 0));
    await files.syncFolder(into);
    return { id: to.journal, first: copied[0] ?? to.last + 1, last: to.last };
  };

/**
 * Copies a journal that may be written meanwhile, up to what is synced when its segments are begun with. The counts of
 * what was received are copied before, so that they never include an entry that the copy does not hold. Nobody may tell
 * the writer meanwhile that readers have passed entries, or it could trim what is still to be copied. All of it is on disk
 * when it resolves, but for the entry of the folder itself.
 * @throws Fault `NOT_FOUND` when there is no journal
 */
export const copyJournal = copyingJournal(diskFiles);
