import type { EntryRun } from './batch.ts';
import type { ReaderName } from '#storage/operations/storing.ts';
import { SharedRuns } from './shared-runs.ts';
import type { DamagedRange, JournalReader, ReadLimit } from '#journal/journal.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, milliseconds } from '#model/base/duration.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Registry } from '#model/registry/registry.ts';

/** Time after which a reader that has to wait for the other one, or for a broker, looks again. */
const POLL: Duration = milliseconds(10);
/** Small batches follow each other no faster than this: a calm stream is gathered into few transactions. */
const CADENCE: Duration = milliseconds(50);
const SMALL = 512;
const LIMIT: ReadLimit = { entries: 4_096, bytes: 2 * 2 ** 20 };

export interface BatchSourceDeps {
  readonly reader: JournalReader;
  /** Resolves once the journal may have entries behind this one, and never rejects. */
  readonly untilGrown: (after: number, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  /** The registry as it is now; a new revision takes effect with the next batch. */
  readonly registry: () => Registry;
  /** Called with entries that were acknowledged once and cannot be read any more. */
  readonly onDamaged: (range: DamagedRange) => void;
}

/** A range of entries that was begun before the last stop and not finished. */
export interface Interrupted {
  readonly to: number;
  /** The registry that it was validated with, where that has changed since. */
  readonly registry: Registry | undefined;
}

/** Reads the journal for both readers, once while they are in step. */
export interface BatchSource {
  /**
   * The entries right behind `after`, once there are some; undefined when the signal was raised first. Of an interrupted
   * range exactly its entries, with the registry of that time.
   */
  next(
    reader: ReaderName,
    after: number,
    signal: AbortSignal,
    interrupted?: Interrupted,
  ): Promise<EntryRun | undefined>;
}

export const makeBatchSource = ({ reader, untilGrown, clock, registry, onDamaged }: BatchSourceDeps): BatchSource => {
  const shared = new SharedRuns(() => clock.monotonic());
  let lastSmall = Number.NEGATIVE_INFINITY;

  const read = async (after: number, limit: ReadLimit): Promise<EntryRun> => {
    const { entries, damaged, through } = await reader.read(after, limit);
    damaged.forEach(onDamaged);
    return { journal: reader.id, from: after + 1, to: through, entries, registry: registry() };
  };

  const readExactly = async (after: number, { to, registry: then }: Interrupted): Promise<EntryRun | Duration> => {
    // after a power cut the published position may lie behind, until the broker is back and publishes it again
    if (reader.synced() < to) return POLL;
    const entries: Entry[] = [];
    for (let through = after; through < to; ) {
      const limit = { entries: to - through, bytes: Number.POSITIVE_INFINITY };
      const run = await reader.read(through, limit);
      run.damaged.forEach(onDamaged);
      // where some are damaged, as many as are missing stand behind the range: they were not in it then
      entries.push(...run.entries.filter(({ sequence }) => sequence <= to));
      ({ through } = run);
    }
    return { journal: reader.id, from: after + 1, to, entries, registry: then ?? registry() };
  };

  const lead = (after: number): Promise<EntryRun> => {
    const began = clock.monotonic();
    const reading = read(after, LIMIT);
    shared.lead(after, reading);
    return reading.then((run) => {
      lastSmall = run.entries.length < SMALL ? began : Number.NEGATIVE_INFINITY;
      return run;
    });
  };

  /** The next entries, or what to wait for before asking again: a span, or undefined for new entries. */
  const attempt = async (name: ReaderName, after: number): Promise<EntryRun | Duration | undefined> => {
    const known = shared.find(after);
    if (known !== undefined) return known;
    if (reader.synced() <= after) return undefined;
    const boundary = await shared.boundary(after);
    if (boundary !== undefined) {
      return read(after, { ...LIMIT, entries: Math.min(LIMIT.entries, boundary - after) });
    }
    const meanwhile = shared.find(after);
    if (meanwhile !== undefined) return meanwhile;
    const early = lastSmall + CADENCE.ms - clock.monotonic();
    if (early > 0) return milliseconds(early);
    return shared.mayLead(name) ? lead(after) : POLL;
  };

  /** Waits for entries behind `after`; not without a pause where the broker says that there are some, and the folder does not. */
  const untilThere = async (after: number, signal: AbortSignal): Promise<void> => {
    await untilGrown(after, signal);
    if (reader.synced() <= after) await clock.sleep(POLL, signal);
  };

  return {
    next: async (name, after, signal, interrupted) => {
      while (!signal.aborted) {
        const found = interrupted === undefined ? await attempt(name, after) : await readExactly(after, interrupted);
        if (found === undefined) {
          await untilThere(after, signal);
        } else if ('journal' in found) {
          shared.took(name, found);
          return found;
        } else {
          await clock.sleep(found, signal);
        }
      }
      return undefined;
    },
  };
};
