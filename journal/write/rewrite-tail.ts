import { open, stat } from 'node:fs/promises';
import type { Log } from '#model/base/log.ts';
import type { JournalFiles } from '#process/files.ts';
import type { SyncedPosition } from '#journal/format/position.ts';
import { segmentName } from '#journal/format/segment.ts';
import { cutSegment, type Segment } from './appender.ts';

/** End of the bytes that were reported to readers, and are therefore synced. */
export type KnownEnd = Pick<SyncedPosition, 'last' | 'segment' | 'offset'>;

export interface RewriteDeps {
  readonly folder: string;
  readonly files: JournalFiles;
  readonly log: Log;
}

const CHUNK_BYTES = 2 ** 20;
/** Readers and the recovery ignore a file with this ending. */
const UNFINISHED = '.new';

const pathOf = (folder: string, first: number): string => `${folder}/${segmentName(first)}`;

/** Copies the bytes of a segment from an offset on into a new synced file, which then gets the name of the segment `to`. */
const copyTo = async (to: number, { first, bytes }: Segment, from: number, { folder, files }: RewriteDeps) => {
  const path = pathOf(folder, to);
  const copy = await files.open(`${path}${UNFINISHED}`, 'replace');
  try {
    await using original = await open(pathOf(folder, first));
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes - from));
    for (let at = from; at < bytes; ) {
      const { bytesRead } = await original.read(chunk, 0, Math.min(chunk.length, bytes - at), at);
      if (bytesRead === 0) throw new Error(`${segmentName(first)} ends at byte ${at}, not ${bytes}`);
      await copy.write(chunk.subarray(0, bytesRead), at - from);
      at += bytesRead;
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
  await files.rename(`${path}${UNFINISHED}`, path);
  await files.syncFolder(folder);
};

/**
 * Cuts the bytes that a rewrite copied into the next segment before it was interrupted. Nothing else may follow the known end there,
 * because the entry after it begins the next segment.
 */
export const cutCopied = async (firsts: readonly number[], known: KnownEnd, deps: RewriteDeps): Promise<void> => {
  const { segment, last, offset } = known;
  const next = firsts[firsts.indexOf(segment) + 1];
  if (!firsts.includes(segment) || next !== last + 1) return;
  const { size } = await stat(pathOf(deps.folder, segment));
  if (size > offset) await cutSegment(deps.files, deps.folder, { first: segment, bytes: offset });
};

/**
 * Writes the entries after the known end into new files and syncs them. They were written before an unclean stop, and are read from
 * the memory of the kernel: if their sync failed, they are not on disk, and another sync of the same file would succeed without
 * writing them. The copy of each segment replaces it, so that one segment at most is on disk twice.
 * @returns the segments afterwards
 */
export const rewriteTail = async (
  segments: readonly Segment[],
  known: KnownEnd,
  deps: RewriteDeps,
): Promise<readonly Segment[]> => {
  const rewritten: Segment[] = [];
  let bytes = 0;
  for (const segment of segments) {
    const { first } = segment;
    const from = first === known.segment ? known.offset : 0;
    const tail = segment.bytes - from;
    if (first < known.segment || tail <= 0) {
      rewritten.push(segment);
      continue;
    }
    bytes += tail;
    const to = from === 0 ? first : known.last + 1;
    await copyTo(to, segment, from, deps);
    if (from > 0) {
      await cutSegment(deps.files, deps.folder, { first, bytes: from });
      rewritten.push({ first, bytes: from });
    }
    rewritten.push({ first: to, bytes: tail });
  }
  if (bytes > 0) deps.log.info('unreported entries rewritten', { after: known.last, bytes });
  return rewritten;
};
