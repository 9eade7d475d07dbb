import { hourOf } from '#model/base/instant.ts';
import { open } from 'node:fs/promises';
import type { Log } from '#model/base/log.ts';
import { cutSegment, type Segment } from './appender.ts';
import type { JournalFiles } from '#process/files.ts';
import { frameReceivedAt, frameSender, isReadings } from '#journal/format/frame.ts';
import type { DamagedRange } from '#journal/journal.ts';
import type { SyncedPosition } from '#journal/format/position.ts';
import { type SequenceGap, missingIn } from '#journal/format/sequence-gap.ts';
import type { IntakeCounts } from '#journal/counts/intake-counts.ts';
import { scan, type ScanEnd } from '#journal/read/scan.ts';
import { listSegments, segmentName } from '#journal/format/segment.ts';
import { cutCopied, type KnownEnd, type RewriteDeps, rewriteTail } from './rewrite-tail.ts';

const CHUNK_BYTES = 2 ** 22;

export interface Recovered {
  readonly segments: readonly Segment[];
  /** The newest number that may have been acknowledged, by all files on disk. */
  readonly last: number;
  /** The end of the last segment is damaged: writing continues in a new segment. */
  readonly isFresh: boolean;
}

export interface RecoveryDeps {
  readonly seed: number;
  readonly gaps: readonly SequenceGap[];
  readonly files: JournalFiles;
  readonly intake: IntakeCounts;
  /** Position of this journal that readers saw last. Undefined without one. */
  readonly published: SyncedPosition | undefined;
  readonly log: Log;
}

/**
 * Finds the end of the journal after any kind of stop, and counts the entries that the checkpoint lacks. Complete frames count
 * as received, acknowledged or not; those that readers did not see are written anew. Bytes after them are a torn write and are cut.
 * @param floor number that was synced for sure: bytes missing before it are damage, not a torn write
 */
export const recover = async (folder: string, floor: number, deps: RecoveryDeps): Promise<Recovered> => {
  const { intake, files, log, published } = deps;
  const firsts = await listSegments(folder);
  const report = (range: DamagedRange): void => {
    const missing = missingIn(range, deps.gaps);
    if (missing !== undefined) log.error('journal damaged', { code: 'JOURNAL_DAMAGED', ...missing });
  };
  const begin = Math.max(
    0,
    firsts.findLastIndex((first) => first <= intake.through() + 1),
  );
  const rewriting = { ...deps, folder };
  const known = knownEnd(published, firsts[begin] ?? 1);
  await cutCopied(firsts, known, rewriting);
  const segments: Segment[] = [];
  let last = 0;
  let isFresh = false;

  for (const [i, first] of firsts.entries()) {
    const isLast = i === firsts.length - 1;
    const { bytes, end } = await survey(folder, first, i >= begin || isLast, { ...deps, report });
    const segment = { first, bytes };
    segments.push(segment);
    if (end === undefined) continue;
    last = end.expected - 1;
    const where = `${segmentName(first)} at byte ${end.offset}`;
    const next = firsts[i + 1];
    if (next !== undefined && last < next - 1) report({ from: last + 1, to: next - 1, where });
    if (!isLast) continue;
    if (last < floor) {
      report({ from: last + 1, to: floor, where });
      isFresh = true;
    } else {
      await cutTorn(segment, end.offset, rewriting);
    }
  }
  const rewritten = await rewriteTail(segments, known, rewriting);
  // a folder may lack the entry of a segment that was made just before the stop
  await files.syncFolder(folder);
  intake.reach(Math.max(last, floor));
  return { segments: rewritten, last: Math.max(last, floor), isFresh };
};

/**
 * The published position, unless it is older than the segment of the first entry that the counts lack: entries in a checkpoint of the
 * counts are synced too. Without a position this segment and those after it count as unknown to readers.
 */
const knownEnd = (published: SyncedPosition | undefined, segment: number): KnownEnd =>
  published !== undefined && published.last >= segment - 1 ? published : { last: segment - 1, segment, offset: 0 };

interface Survey extends RecoveryDeps {
  report(range: DamagedRange): void;
}

const survey = async (
  folder: string,
  first: number,
  isScanned: boolean,
  { seed, intake, report }: Survey,
): Promise<{ bytes: number; end: ScanEnd | undefined }> => {
  const name = segmentName(first);
  await using file = await open(`${folder}/${name}`);
  const { size } = await file.stat();
  if (!isScanned) return { bytes: size, end: undefined };
  const counted = intake.through();
  const range = { file, name, seed, offset: 0, expected: first, end: size, chunkBytes: CHUNK_BYTES };
  const end = await scan(range, {
    frame: (chunk, at, sequence) => {
      if (sequence > counted && isReadings(chunk, at)) {
        intake.add(sequence, frameSender(chunk, at), hourOf(frameReceivedAt(chunk, at)));
      }
      return true;
    },
    damage: report,
  });
  return { bytes: size, end };
};

const cutTorn = async (tail: Segment, whole: number, deps: RewriteDeps): Promise<void> => {
  if (whole === tail.bytes) return;
  deps.log.info('torn write cut', {
    where: `${segmentName(tail.first)} at byte ${whole}`,
    bytes: tail.bytes - whole,
  });
  await cutSegment(deps.files, deps.folder, { first: tail.first, bytes: whole });
  tail.bytes = whole;
};
