import { open } from 'node:fs/promises';
import { Fault } from '#model/base/fault.ts';
import { isSystemError } from '#process/files.ts';
import { type SequenceGap, missingIn } from '#journal/format/sequence-gap.ts';
import type { SyncedPosition } from '#journal/format/position.ts';
import { scan, type Visitor } from './scan.ts';
import { listSegments, segmentName } from '#journal/format/segment.ts';

/** Where the frame numbered `next` begins. */
export interface JournalPlace {
  readonly segment: number;
  readonly offset: number;
  readonly next: number;
}

export interface Walk {
  readonly folder: string;
  readonly seed: number;
  readonly leaps: readonly SequenceGap[];
  /** What the writer has published: nothing behind it is looked at. */
  readonly to: SyncedPosition;
}

const CHUNK_BYTES = 2 ** 20;

const trimmed = (folder: string, after: number): Fault =>
  new Fault('JOURNAL_TRIMMED', `entry ${after + 1} is gone from ${folder}: the cursor is older than the journal`);

const seek = async (folder: string, after: number): Promise<JournalPlace> => {
  const segment = (await listSegments(folder)).findLast((first) => first <= after + 1);
  if (segment === undefined) throw trimmed(folder, after);
  return { segment, offset: 0, next: segment };
};

/** Visits the frames of one segment from a place on; gives where it ended and whether the visitor stopped it. */
const visitSegment = async (
  walk: Walk,
  from: JournalPlace,
  visit: Visitor,
): Promise<{ place: JournalPlace; isStopped: boolean }> => {
  const { folder, seed, to } = walk;
  const { segment, offset, next } = from;
  const name = segmentName(segment);
  await using file = await open(`${folder}/${name}`);
  const end = segment === to.segment ? to.offset : (await file.stat()).size;
  const ended = await scan({ file, name, seed, end, chunkBytes: CHUNK_BYTES, offset, expected: next }, visit);
  return { place: { segment, offset: ended.offset, next: ended.expected }, isStopped: ended.why === 'stopped' };
};

/** The place behind a segment that was read to its end; entries that should have stood in it are damaged. */
const nextSegment = async ({ folder, to, leaps }: Walk, place: JournalPlace, visit: Visitor): Promise<JournalPlace> => {
  const isActive = place.segment === to.segment;
  const behind = isActive ? undefined : (await listSegments(folder)).find((first) => first > place.segment);
  const next = behind ?? to.last + 1;
  if (next > place.next) {
    const where = `${segmentName(place.segment)} at byte ${place.offset}`;
    const missing = missingIn({ from: place.next, to: next - 1, where }, leaps);
    if (missing !== undefined) visit.damage(missing);
  }
  return isActive ? { ...place, offset: to.offset, next } : { segment: next, offset: 0, next };
};

/** Leaves out what a walk meets before it comes to `after`. */
const behind = (after: number, visit: Visitor): Visitor => ({
  frame: (chunk, at, sequence, length) => sequence <= after || visit.frame(chunk, at, sequence, length),
  damage: ({ from, to, where }) => {
    if (to > after) visit.damage({ from: Math.max(from, after + 1), to, where });
  },
});

/**
 * Visits everything behind `after` that is synced, through all segments, until the visitor stops.
 * @param from where that begins, when it is known; it is looked for otherwise
 * @throws Fault `JOURNAL_TRIMMED`
 */
export const walkEntries = async (
  walk: Walk,
  after: number,
  from: JournalPlace | undefined,
  visitor: Visitor,
): Promise<JournalPlace> => {
  const { folder, to } = walk;
  const visit = behind(after, visitor);
  let place = from ?? (await seek(folder, after));
  try {
    for (;;) {
      const visited = await visitSegment(walk, place, visit);
      ({ place } = visited);
      if (visited.isStopped || (place.segment === to.segment && place.next > to.last)) return place;
      place = await nextSegment(walk, place, visit);
      if (place.next > to.last) return place;
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) throw trimmed(folder, after);
    throw error;
  }
};
