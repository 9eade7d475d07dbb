import type { EntryRun } from './batch.ts';
import type { ReaderName } from '#storage/operations/reader-name.ts';
import { SharedRuns } from './shared-runs.ts';
import { SmallBatches } from './small-batches.ts';
import type { DamagedRange, JournalReader, ReadLimit } from '#journal/journal.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, milliseconds } from '#model/base/duration.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Registry } from '#model/registry/registry.ts';

/** Time after which a reader that has to wait for the other one, or for a broker, looks again. */
const POLL: Duration = milliseconds(10);
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

const readRun = async (
  after: number,
  limit: ReadLimit,
  { reader, registry, onDamaged }: BatchSourceDeps,
): Promise<EntryRun> => {
  const { entries, damaged, through } = await reader.read(after, limit);
  damaged.forEach(onDamaged);
  return { journal: reader.id, from: after + 1, to: through, entries, registry: registry() };
};

/** Exactly the entries of an interrupted run, or how long to wait for the rest of them. */
const readExactly = async (
  after: number,
  { to, registry: then }: Interrupted,
  { reader, registry, onDamaged }: BatchSourceDeps,
): Promise<EntryRun | Duration> => {
  // after a power cut the published position may lie behind, until the broker is back and publishes it again
  if (reader.synced() < to) return POLL;
  const entries: Entry[] = [];
  for (let through = after; through < to; ) {
    const limit = { entries: to - through, bytes: Number.POSITIVE_INFINITY };
    const run = await reader.read(through, limit);
    run.damaged.forEach(onDamaged);
    // in place of damaged entries, the reader returns as many entries after the range, which are not part of it
    entries.push(...run.entries.filter(({ sequence }) => sequence <= to));
    ({ through } = run);
  }
  return { journal: reader.id, from: after + 1, to, entries, registry: then ?? registry() };
};

export const makeBatchSource = (deps: BatchSourceDeps): BatchSource => {
  const { reader, untilGrown, clock } = deps;
  const shared = new SharedRuns(() => clock.monotonic());
  const small = new SmallBatches();

  const lead = (after: number): Promise<EntryRun> => {
    small.began(clock.monotonic());
    const reading = readRun(after, LIMIT, deps);
    shared.lead(after, reading);
    return reading.then((run) => {
      small.has(run.entries.length);
      return run;
    });
  };

  /** The next entries, or how long to wait before asking again. */
  const attempt = async (name: ReaderName, after: number, signal: AbortSignal): Promise<EntryRun | Duration> => {
    const known = shared.find(after);
    if (known !== undefined) return known;
    small.asked(clock.monotonic());
    if (reader.synced() <= after) {
      await untilGrown(after, signal);
      return reader.synced() > after ? attempt(name, after, signal) : POLL;
    }
    const boundary = await shared.boundary(after);
    if (boundary !== undefined) {
      return readRun(after, { ...LIMIT, entries: Math.min(LIMIT.entries, boundary - after) }, deps);
    }
    const meanwhile = shared.find(after);
    if (meanwhile !== undefined) return meanwhile;
    const early = small.left(clock.monotonic());
    if (early > 0) return milliseconds(early);
    return shared.mayLead(name) ? lead(after) : POLL;
  };

  return {
    next: async (name, after, signal, interrupted) => {
      while (!signal.aborted) {
        const found =
          interrupted === undefined ? await attempt(name, after, signal) : await readExactly(after, interrupted, deps);
        if ('journal' in found) {
          shared.took(name, found);
          return found;
        }
        await clock.sleep(found, signal);
      }
      return undefined;
    },
  };
};
