import type { Clock } from '#model/base/clock.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Entry } from '#model/readings/packet.ts';
import { decodeFrame, FrameNamesCache, seedOf } from '#journal/format/frame.ts';
import { type JournalIdentity, readIdentity } from '#journal/format/identity.ts';
import type { DamagedRange, JournalReader } from '#journal/journal.ts';
import { isSkipped } from '#journal/format/sequence-gap.ts';
import { readPosition, type SyncedPosition } from '#journal/format/position.ts';
import type { Visitor } from './scan.ts';
import { listSegments } from '#journal/format/segment.ts';
import { countEntries } from '#journal/counts/count-entries.ts';
import { walkEntries, type JournalPlace, type Walk } from './walk.ts';

const RETRY_EVERY = milliseconds(100);
const TIMEOUT = seconds(10);

/**
 * Opens a journal for reading, in any process. Waits a few seconds for a broker that is about to create it.
 * @throws Fault `NOT_FOUND` (retry) while the folder has no journal
 */
export const openJournalReader = async (
  folder: string,
  { clock }: { readonly clock: Clock },
): Promise<JournalReader> => {
  const until = clock.monotonic() + TIMEOUT.ms;
  for (;;) {
    const identity = await readIdentity(folder);
    if (identity !== undefined && readPosition(folder) !== undefined) return startReading(folder, identity);
    if (clock.monotonic() >= until) {
      throw new Fault('NOT_FOUND', `no journal in ${folder} yet; start the broker, which creates it`, { retry: true });
    }
    await clock.sleep(RETRY_EVERY);
  }
};

const startReading = (folder: string, { id, gaps }: JournalIdentity): JournalReader => {
  const seed = seedOf(id);
  const places = new Places();
  const names = new FrameNamesCache();

  const head = (): SyncedPosition => {
    const position = readPosition(folder);
    if (position?.journal === id) return position;
    throw new Fault(
      'JOURNAL_FOREIGN',
      `${folder} no longer holds journal ${id}; restore it, or start with a new data folder`,
    );
  };

  /** Starts at the nearest known place. When its segment was deleted, the place is searched in the folder. */
  const fromNearest = async <T>(after: number, call: (from: JournalPlace | undefined) => Promise<T>): Promise<T> => {
    const from = places.nearest(after);
    try {
      return await call(from);
    } catch (error) {
      if (from === undefined || !(error instanceof Fault) || error.code !== 'JOURNAL_TRIMMED') throw error;
      places.remove(from);
      return fromNearest(after, call);
    }
  };

  const walkTo = (to: SyncedPosition): Walk => ({ folder, seed, gaps, to });

  return {
    id,
    synced: () => head().last,
    first: async () => (await listSegments(folder))[0] ?? head().last + 1,
    read: async (after, limit) => {
      const to = head();
      const entries: Entry[] = [];
      const damaged: DamagedRange[] = [];
      if (isSkipped(after, gaps)) throw restoredBefore(folder, after);
      if (after >= to.last) return { entries, damaged, through: after };
      let bytes = 0;
      const visitor: Visitor = {
        frame: (chunk, at, _sequence, length) => {
          entries.push(decodeFrame(chunk, at, names));
          bytes += length;
          return entries.length < limit.entries && bytes < limit.bytes;
        },
        damage: (range) => void damaged.push(range),
      };
      const place = await fromNearest(after, (from) => walkEntries(walkTo(to), after, from, visitor));
      places.add(place);
      return { entries, damaged, through: place.next - 1 };
    },
    count: async (after, through) => {
      const to = head();
      const end = Math.min(through, to.last);
      if (after >= end) return [];
      return fromNearest(after, (from) => countEntries({ walk: walkTo(to), after, through, from }));
    },
    stop: () => Promise.resolve(), // no file is open between two calls
  };
};

const restoredBefore = (folder: string, after: number): Fault =>
  new Fault(
    'JOURNAL_FOREIGN',
    `${folder} was restored from a backup that ends before entry ${after}, the position of the reader; ` +
      'put the operations database of the same backup beside it',
  );

/** Number of known places: the readers `storing` and `alerting`, and readers of earlier batches. */
const MAX_PLACES = 8;

/** The ends of earlier reads, so that the next read does not search from the start of a segment. */
class Places {
  readonly #byNext = new Map<number, JournalPlace>();

  add(place: JournalPlace): void {
    this.#byNext.delete(place.next);
    this.#byNext.set(place.next, place);
    const [oldest] = this.#byNext.keys();
    if (this.#byNext.size > MAX_PLACES && oldest !== undefined) this.#byNext.delete(oldest);
  }

  remove({ next }: JournalPlace): void {
    this.#byNext.delete(next);
  }

  /** The last known place at or before the entry after `after`. */
  nearest(after: number): JournalPlace | undefined {
    const next = Math.max(...[...this.#byNext.keys()].filter((each) => each <= after + 1));
    return this.#byNext.get(next);
  }
}
