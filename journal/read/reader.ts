import type { Clock } from '#model/base/clock.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Entry } from '#model/readings/packet.ts';
import { decodeFrame, seedOf } from '#journal/format/frame.ts';
import { type JournalIdentity, readIdentity } from '#journal/format/identity.ts';
import type { DamagedRange, JournalReader } from '#journal/journal.ts';
import { isSkipped } from '#journal/format/sequence-gap.ts';
import { readPosition, type SyncedPosition } from '#journal/format/position.ts';
import type { Visitor } from './scan.ts';
import { listSegments } from '#journal/format/segment.ts';
import { countEntries } from '#journal/counts/count-entries.ts';
import { walkEntries, type JournalPlace, type Walk } from './walk.ts';

const LOOK_AGAIN = milliseconds(100);
const PATIENCE = seconds(10);

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
    const identity = await readIdentity(folder);
    if (identity !== undefined && readPosition(folder) !== undefined) return startReading(folder, identity);
    if (clock.monotonic() >= until) {
      throw new Fault('NOT_FOUND', `no journal in ${folder} yet; start the broker, which makes it`, { retry: true });
    }
    await clock.sleep(LOOK_AGAIN);
  }
};

const startReading = (folder: string, { id, leaps }: JournalIdentity): JournalReader => {
  const seed = seedOf(id);
  const places = new Places();

  const head = (): SyncedPosition => {
    const position = readPosition(folder);
    if (position?.journal === id) return position;
    throw new Fault(
      'JOURNAL_FOREIGN',
      `${folder} no longer holds journal ${id}; restore it, or begin a new data folder`,
    );
  };

  /** From the nearest remembered place on; its segment may have been trimmed since, then from where the folder says. */
  const fromNearest = async <T>(after: number, call: (from: JournalPlace | undefined) => Promise<T>): Promise<T> => {
    const from = places.nearest(after);
    try {
      return await call(from);
    } catch (error) {
      if (from === undefined || !(error instanceof Fault) || error.code !== 'JOURNAL_TRIMMED') throw error;
      places.forget(from);
      return fromNearest(after, call);
    }
  };

  const walkTo = (to: SyncedPosition): Walk => ({ folder, seed, leaps, to });

  return {
    id,
    synced: () => head().last,
    first: async () => (await listSegments(folder))[0] ?? head().last + 1,
    read: async (after, limit) => {
      const to = head();
      const entries: Entry[] = [];
      const damaged: DamagedRange[] = [];
      if (isSkipped(after, leaps)) throw ofOriginal(folder, after);
      if (after >= to.last) return { entries, damaged, through: after };
      let bytes = 0;
      const visitor: Visitor = {
        frame: (chunk, at, _sequence, length) => {
          entries.push(decodeFrame(chunk, at));
          bytes += length;
          return entries.length < limit.entries && bytes < limit.bytes;
        },
        damage: (range) => void damaged.push(range),
      };
      const place = await fromNearest(after, (from) => walkEntries(walkTo(to), after, from, visitor));
      places.remember(place);
      return { entries, damaged, through: place.next - 1 };
    },
    count: async (after, through) => {
      const to = head();
      const end = Math.min(through, to.last);
      if (after >= end) return [];
      return fromNearest(after, (from) => countEntries({ walk: walkTo(to), after, through, from }));
    },
    stop: () => Promise.resolve(), // nothing is held open between two calls
  };
};

const ofOriginal = (folder: string, after: number): Fault =>
  new Fault(
    'JOURNAL_FOREIGN',
    `${folder} was restored from a backup that does not reach entry ${after}, where the reader stands; ` +
      'put the operations database of the same backup beside it',
  );

/** How many readers' places are remembered: keep, watch, and whoever looks a batch back. */
const REMEMBERED = 8;

/** Where earlier reads ended, so that the next does not look for its place from the start of a segment. */
class Places {
  readonly #byNext = new Map<number, JournalPlace>();

  remember(place: JournalPlace): void {
    this.#byNext.delete(place.next);
    this.#byNext.set(place.next, place);
    const [oldest] = this.#byNext.keys();
    if (this.#byNext.size > REMEMBERED && oldest !== undefined) this.#byNext.delete(oldest);
  }

  forget({ next }: JournalPlace): void {
    this.#byNext.delete(next);
  }

  /** The last place from which a walk comes by everything behind `after`. */
  nearest(after: number): JournalPlace | undefined {
    const next = Math.max(...[...this.#byNext.keys()].filter((each) => each <= after + 1));
    return this.#byNext.get(next);
  }
}
