import { open } from 'node:fs/promises';
import { Fault } from '#model/base/fault.ts';
import { isSystemError } from '#process/files.ts';
import { type SequenceGap, missingIn } from '#journal/format/sequence-gap.ts';
import type { SyncedPosition } from '#journal/format/position.ts';
import { scan, type Visitor } from './scan.ts';
import { listSegments, segmentName } from '#journal/format/segment.ts';

/** Position of the frame with the number `next`. */
export interface JournalPlace {
  readonly segment: number;
  readonly offset: number;
  readonly next: number;
}

export interface Walk {
  readonly folder: string;
  readonly seed: number;
  readonly gaps: readonly SequenceGap[];
  /** Position that the writer has published; entries after it are not read. */
  readonly to: SyncedPosition;
}

const CHUNK_BYTES = 2 ** 20;

const trimmed = (folder: string, after: number): Fault =>
  new Fault('JOURNAL_TRIMMED', `entry ${after + 1} was deleted from ${folder}: the cursor is older than the journal`);

const seek = async (folder: string, after: number): Promise<JournalPlace> => {
  const segment = (await listSegments(folder)).findLast((first) => first <= after + 1);
  if (segment === undefined) throw trimmed(folder, after);
  return { segment, offset: 0, next: segment };
};

/** Visits the frames of one segment from a place on. Returns the end, and whether the visitor stopped. */
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

/** The place after a segment that was read to its end. Entries that are missing at its end are damaged. */
const nextSegment = async ({ folder, to, gaps }: Walk, place: JournalPlace, visit: Visitor): Promise<JournalPlace> => {
  const isActive = place.segment === to.segment;
  const following = isActive ? undefined : (await listSegments(folder)).find((first) => first > place.segment);
  const next = following ?? to.last + 1;
  if (next > place.next) {
    const where = `${segmentName(place.segment)} at byte ${place.offset}`;
    const missing = missingIn({ from: place.next, to: next - 1, where }, gaps);
    if (missing !== undefined) visit.damage(missing);
  }
  return isActive ? { ...place, offset: to.offset, next } : { segment: next, offset: 0, next };
};

/** A visitor that skips the entries up to `after`. */
const skippingTo = (after: number, visit: Visitor): Visitor => ({
  frame: (chunk, at, sequence, length) => sequence <= after || visit.frame(chunk, at, sequence, length),
  damage: ({ from, to, where }) => {
    if (to > after) visit.damage({ from: Math.max(from, after + 1), to, where });
  },
});

/**
 * Visits all synced entries after `after`, through all segments, until the visitor stops.
 * @param from place of the first entry when it is known; it is searched otherwise
 * @throws Fault `JOURNAL_TRIMMED`
 */
export const walkEntries = async (
  walk: Walk,
  after: number,
  from: JournalPlace | undefined,
  visitor: Visitor,
): Promise<JournalPlace> => {
  const { folder, to } = walk;
  const visit = skippingTo(after, visitor);
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
