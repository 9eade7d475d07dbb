import { hourOf } from '#model/instant.ts';
import { open } from 'node:fs/promises';
import type { Clock } from '#model/clock.ts';
import { milliseconds, seconds } from '#model/duration.ts';
import { Fault } from '#model/fault.ts';
import type { Entry } from '#model/packet.ts';
import { isSystemError } from './files.ts';
import { decodeFrame, frameReceivedAt, frameSender, isReadings, seedOf } from './frame.ts';
import { readIdentity } from './identity.ts';
import type { DamagedRange, JournalReader, ReceivedCount } from './journal.ts';
import { readPosition, type Position } from './position.ts';
import { scan, type Visitor } from './scan.ts';
import { listSegments, segmentName } from './segment.ts';

const CHUNK_BYTES = 2 ** 20;
const LOOK_AGAIN = milliseconds(100);
const PATIENCE = seconds(10);

/** Where the frame numbered `next` begins. */
interface Place {
  readonly segment: number;
  readonly offset: number;
  readonly next: number;
}

/**
 * Opens a journal for reading, in any process; waits a few seconds for a broker that is just about to make it.
 * @throws Fault `NOT_FOUND` (retry) while there is no journal in the folder
 */
export const openJournalReader = async (
  folder: string,
  { clock }: { readonly clock: Clock },
): Promise<JournalReader> => {
  const until = clock.monotonic() + PATIENCE.ms;
  for (;;) {
    const id = await readIdentity(folder);
    if (id !== undefined && readPosition(folder) !== undefined) return startReading(folder, id);
    if (clock.monotonic() >= until) {
      throw new Fault('NOT_FOUND', `no journal in ${folder} yet; start the broker, which makes it`, { retry: true });
    }
    await clock.sleep(LOOK_AGAIN);
  }
};

const startReading = (folder: string, id: string): JournalReader => {
  const seed = seedOf(id);
  let remembered: Place | undefined;

  const head = (): Position => {
    const position = readPosition(folder);
    if (position?.journal === id) return position;
    throw new Fault(
      'JOURNAL_FOREIGN',
      `${folder} no longer holds journal ${id}; restore it, or begin a new data folder`,
    );
  };

  const trimmed = (after: number): Fault =>
    new Fault('JOURNAL_TRIMMED', `entry ${after + 1} is gone from ${folder}: the cursor is older than the journal`);

  const seek = async (after: number): Promise<Place> => {
    const segment = (await listSegments(folder)).findLast((first) => first <= after + 1);
    if (segment === undefined) throw trimmed(after);
    return { segment, offset: 0, next: segment };
  };

  /** Visits the frames of one segment from a place on; gives where it stopped and whether more may follow there. */
  const visitSegment = async (
    place: Place,
    to: Position,
    visit: Visitor,
  ): Promise<{ place: Place; isDone: boolean }> => {
    const name = segmentName(place.segment);
    await using file = await open(`${folder}/${name}`);
    const end = place.segment === to.segment ? to.offset : (await file.stat()).size;
    const from = { offset: place.offset, expected: place.next };
    const ended = await scan({ file, name, seed, end, chunkBytes: CHUNK_BYTES, ...from }, visit);
    const next = { segment: place.segment, offset: ended.offset, next: ended.expected };
    return { place: next, isDone: ended.why === 'stopped' };
  };

  /** The place behind a segment that was read to its end; entries that should have stood in it are damaged. */
  const nextSegment = async (place: Place, to: Position, visit: Visitor): Promise<Place> => {
    const isActive = place.segment === to.segment;
    const first = isActive
      ? to.last + 1
      : ((await listSegments(folder)).find((each) => each > place.segment) ?? to.last + 1);
    if (first > place.next) {
      const where = `${segmentName(place.segment)} at byte ${place.offset}`;
      visit.damage({ from: place.next, to: first - 1, where });
    }
    return isActive ? { ...place, offset: to.offset, next: first } : { segment: first, offset: 0, next: first };
  };

  /** Visits everything behind `after` that is synced, until the visitor stops. */
  const walk = async (after: number, to: Position, visit: Visitor): Promise<Place> => {
    let place = remembered?.next === after + 1 ? remembered : await seek(after);
    try {
      for (;;) {
        const visited = await visitSegment(place, to, visit);
        ({ place } = visited);
        if (visited.isDone) return place;
        if (place.segment !== to.segment || place.next <= to.last) place = await nextSegment(place, to, visit);
        if (place.next > to.last) return place;
      }
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) throw trimmed(after);
      throw error;
    }
  };

  /** Leaves out what a walk meets before it comes to `after`. */
  const behind = (after: number, visit: Visitor): Visitor => ({
    frame: (chunk, at, sequence, length) => sequence <= after || visit.frame(chunk, at, sequence, length),
    damage: ({ from, to, where }) => {
      if (to > after) visit.damage({ from: Math.max(from, after + 1), to, where });
    },
  });

  return {
    id,
    synced: () => head().last,
    first: async () => (await listSegments(folder))[0] ?? head().last + 1,
    read: async (after, limit) => {
      const to = head();
      const entries: Entry[] = [];
      const damaged: DamagedRange[] = [];
      if (after >= to.last) return { entries, damaged, through: after };
      let bytes = 0;
      const visit = behind(after, {
        frame: (chunk, at, _sequence, length) => {
          entries.push(decodeFrame(chunk, at));
          bytes += length;
          return entries.length < limit.entries && bytes < limit.bytes;
        },
        damage: (range) => void damaged.push(range),
      });
      remembered = await walk(after, to, visit);
      return { entries, damaged, through: remembered.next - 1 };
    },
    count: async (after, through) => {
      const to = head();
      const counts = new Map<string, ReceivedCount>();
      if (after >= Math.min(through, to.last)) return [];
      const visit = behind(after, {
        frame: (chunk, at, sequence) => {
          if (sequence <= through && isReadings(chunk, at)) {
            const sender = frameSender(chunk, at);
            const hour = hourOf(frameReceivedAt(chunk, at));
            const key = `${hour} ${sender}`;
            counts.set(key, { sender, hour, count: (counts.get(key)?.count ?? 0) + 1 });
          }
          return sequence < through;
        },
        damage: () => undefined,
      });
      await walk(after, to, visit);
      return [...counts.values()];
    },
    stop: () => Promise.resolve(), // nothing is held open between two calls
  };
};
