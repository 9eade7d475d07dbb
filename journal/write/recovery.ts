import { hourOf } from '#model/base/instant.ts';
import { open } from 'node:fs/promises';
import type { Log } from '#model/base/log.ts';
import type { Segment } from './appender.ts';
import type { JournalFiles } from '#process/files.ts';
import { frameReceivedAt, frameSender, isReadings } from '#journal/format/frame.ts';
import type { DamagedRange } from '#journal/journal.ts';
import { type SequenceGap, missingIn } from '#journal/format/sequence-gap.ts';
import type { IntakeCounts } from '#journal/counts/intake-counts.ts';
import { scan, type ScanEnd } from '#journal/read/scan.ts';
import { listSegments, segmentName } from '#journal/format/segment.ts';

const CHUNK_BYTES = 2 ** 22;

export interface Recovered {
  readonly segments: readonly Segment[];
  /** The newest number that was ever acknowledged, as far as anything on disk tells. */
  readonly last: number;
  /** The end of the last segment is damaged: writing must go on in another. */
  readonly isFresh: boolean;
}

export interface RecoveryDeps {
  readonly seed: number;
  readonly leaps: readonly SequenceGap[];
  readonly files: JournalFiles;
  readonly received: IntakeCounts;
  readonly log: Log;
}

/**
 * Finds the end of the journal after a stop of any kind and counts again what the checkpoint lacks. Whole frames count
 * as received, whether they were acknowledged or not; what follows them is a torn write and is cut.
 * @param floor number that is known to have been synced: bytes missing below it are damage, not a torn write
 */
export const recover = async (folder: string, floor: number, deps: RecoveryDeps): Promise<Recovered> => {
  const { received, log } = deps;
  const firsts = await listSegments(folder);
  const tell = (range: DamagedRange): void => {
    const missing = missingIn(range, deps.leaps);
    if (missing !== undefined) log.error('journal damaged', { code: 'JOURNAL_DAMAGED', ...missing });
  };
  const begin = Math.max(
    0,
    firsts.findLastIndex((first) => first <= received.through() + 1),
  );
  const segments: Segment[] = [];
  let last = 0;
  let isFresh = false;

  for (const [i, first] of firsts.entries()) {
    const isLast = i === firsts.length - 1;
    const { bytes, end } = await survey(folder, first, i >= begin || isLast, { ...deps, tell });
    const kept = { first, bytes };
    segments.push(kept);
    if (end === undefined) continue;
    last = end.expected - 1;
    const where = `${segmentName(first)} at byte ${end.offset}`;
    const next = firsts[i + 1];
    if (next !== undefined && last < next - 1) tell({ from: last + 1, to: next - 1, where });
    if (!isLast) continue;
    if (last < floor) {
      tell({ from: last + 1, to: floor, where });
      isFresh = true;
    } else {
      await settleTail(folder, kept, end.offset, deps);
    }
  }
  received.reach(Math.max(last, floor));
  return { segments, last: Math.max(last, floor), isFresh };
};

interface Survey extends RecoveryDeps {
  tell(range: DamagedRange): void;
}

const survey = async (
  folder: string,
  first: number,
  isToBeRead: boolean,
  { seed, received, tell }: Survey,
): Promise<{ bytes: number; end: ScanEnd | undefined }> => {
  const name = segmentName(first);
  await using file = await open(`${folder}/${name}`);
  const { size } = await file.stat();
  if (!isToBeRead) return { bytes: size, end: undefined };
  const counted = received.through();
  const stretch = { file, name, seed, offset: 0, expected: first, end: size, chunkBytes: CHUNK_BYTES };
  const end = await scan(stretch, {
    frame: (chunk, at, sequence) => {
      if (sequence > counted && isReadings(chunk, at)) {
        received.add(sequence, frameSender(chunk, at), hourOf(frameReceivedAt(chunk, at)));
      }
      return true;
    },
    damage: tell,
  });
  return { bytes: size, end };
};

/** After a kill the frames may stand in memory only: they are synced before anyone is told of them. */
const settleTail = async (
  folder: string,
  tail: Segment,
  whole: number,
  { files, log }: RecoveryDeps,
): Promise<void> => {
  const name = segmentName(tail.first);
  const file = await files.open(`${folder}/${name}`, 'keep');
  try {
    if (whole < tail.bytes) {
      log.info('torn write cut', { where: `${name} at byte ${whole}`, bytes: tail.bytes - whole });
      await file.truncate(whole);
      tail.bytes = whole;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await files.syncFolder(folder);
};
