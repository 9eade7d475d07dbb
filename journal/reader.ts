import { hourOf } from '#model/instant.ts';
import type { Clock } from '#model/clock.ts';
import { milliseconds, seconds } from '#model/duration.ts';
import { Fault } from '#model/fault.ts';
import type { Entry } from '#model/packet.ts';
import { decodeFrame, frameReceivedAt, frameSender, isReadings, seedOf } from './frame.ts';
import { type JournalIdentity, readIdentity } from './identity.ts';
import type { DamagedRange, JournalReader, ReceivedCount } from './journal.ts';
import { isLeapt } from './leap.ts';
import { readPosition, type Position } from './position.ts';
import type { Visitor } from './scan.ts';
import { listSegments } from './segment.ts';
import { walkEntries, type Place } from './walk.ts';

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

  const head = (): Position => {
    const position = readPosition(folder);
    if (position?.journal === id) return position;
    throw new Fault(
      'JOURNAL_FOREIGN',
      `${folder} no longer holds journal ${id}; restore it, or begin a new data folder`,
    );
  };

  /** From the nearest remembered place on; its segment may have been trimmed since, then from where the folder says. */
  const walk = async (to: Position, after: number, visitor: Visitor): Promise<Place> => {
    const from = places.nearest(after);
    try {
      return await walkEntries({ folder, seed, leaps, to }, after, from, visitor);
    } catch (error) {
      if (from === undefined || !(error instanceof Fault) || error.code !== 'JOURNAL_TRIMMED') throw error;
      places.forget(from);
      return walk(to, after, visitor);
    }
  };

  return {
    id,
    synced: () => head().last,
    first: async () => (await listSegments(folder))[0] ?? head().last + 1,
    read: async (after, limit) => {
      const to = head();
      const entries: Entry[] = [];
      const damaged: DamagedRange[] = [];
      if (isLeapt(after, leaps)) throw ofOriginal(folder, after);
      if (after >= to.last) return { entries, damaged, through: after };
      let bytes = 0;
      const place = await walk(to, after, {
        frame: (chunk, at, _sequence, length) => {
          entries.push(decodeFrame(chunk, at));
          bytes += length;
          return entries.length < limit.entries && bytes < limit.bytes;
        },
        damage: (range) => void damaged.push(range),
      });
      places.remember(place);
      return { entries, damaged, through: place.next - 1 };
    },
    count: async (after, through) => {
      const to = head();
      const tally = createTally(through);
      if (after < Math.min(through, to.last)) await walk(to, after, tally.visitor);
      return tally.counts();
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
  readonly #byNext = new Map<number, Place>();

  remember(place: Place): void {
    this.#byNext.delete(place.next);
    this.#byNext.set(place.next, place);
    const [oldest] = this.#byNext.keys();
    if (this.#byNext.size > REMEMBERED && oldest !== undefined) this.#byNext.delete(oldest);
  }

  forget({ next }: Place): void {
    this.#byNext.delete(next);
  }

  /** The last place from which a walk comes by everything behind `after`. */
  nearest(after: number): Place | undefined {
    const next = Math.max(...[...this.#byNext.keys()].filter((each) => each <= after + 1));
    return this.#byNext.get(next);
  }
}

/** Counts packets of kind `readings` up to a number, by sender and hour of arrival. */
const createTally = (through: number): { readonly visitor: Visitor; counts(): ReceivedCount[] } => {
  const hours = new Map<number, Map<string, number>>();
  const add = (hour: number, sender: string): void => {
    const senders = hours.get(hour) ?? new Map<string, number>();
    senders.set(sender, (senders.get(sender) ?? 0) + 1);
    hours.set(hour, senders);
  };
  return {
    visitor: {
      frame: (chunk, at, sequence) => {
        if (sequence <= through && isReadings(chunk, at)) {
          add(hourOf(frameReceivedAt(chunk, at)), frameSender(chunk, at));
        }
        return sequence < through;
      },
      damage: () => undefined,
    },
    counts: () =>
      [...hours].flatMap(([hour, senders]) => [...senders].map(([sender, count]) => ({ sender, hour, count }))),
  };
};
