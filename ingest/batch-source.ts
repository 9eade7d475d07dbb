import type { Batch } from './batch.ts';
import type { ReaderName } from '#storage/operations/storing.ts';
import { prepare } from './pipeline.ts';
import { preparingWith } from './prepare-with.ts';
import { SharedBatches } from './shared-batches.ts';
import type { DamagedRange, JournalReader, ReadLimit } from '#journal/journal.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, milliseconds } from '#model/base/duration.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { PreparedPacket } from './batch.ts';

/** How often the journal is asked for news. */
const POLL: Duration = milliseconds(10);
/** Small batches follow each other no faster than this: a calm stream is gathered into few transactions. */
const CADENCE: Duration = milliseconds(50);
const SMALL = 512;
const LIMIT: ReadLimit = { entries: 4_096, bytes: 2 * 2 ** 20 };

export interface BatchSourceDeps {
  readonly reader: JournalReader;
  readonly clock: Clock;
  /** The registry as it is now; a new revision takes effect with the next batch. */
  readonly registry: () => Registry;
  /** Told of entries that were acknowledged once and can be read no more. */
  readonly onDamaged: (range: DamagedRange) => void;
}

/** A range that an earlier run was about. */
export interface Interrupted {
  readonly to: number;
  /** What it was validated with, where the registry has changed since. */
  readonly registry: Registry | undefined;
}

/** The part of the way that keep and watch share: reads the journal and prepares batches. */
export interface BatchSource {
  /**
   * The batch right behind `after`, once there is one; undefined when the signal was raised first. Of an interrupted run
   * exactly its entries, validated as they were then.
   */
  next(reader: ReaderName, after: number, signal: AbortSignal, interrupted?: Interrupted): Promise<Batch | undefined>;
}

export const makeBatchSource = ({ reader, clock, registry, onDamaged }: BatchSourceDeps): BatchSource => {
  const shared = new SharedBatches(() => clock.monotonic());
  let current = { revision: registry().revision, preparePacket: preparingWith(registry()) };
  let lastSmall = Number.NEGATIVE_INFINITY;

  const settleNow = (): ((entry: Entry) => PreparedPacket) => {
    const now = registry();
    if (now.revision !== current.revision) current = { revision: now.revision, preparePacket: preparingWith(now) };
    return current.preparePacket;
  };

  const read = async (after: number, limit: ReadLimit): Promise<Batch> => {
    const { entries, damaged, through } = await reader.read(after, limit);
    damaged.forEach(onDamaged);
    return prepare(reader.id, entries, after + 1, through, { preparePacket: settleNow() });
  };

  const readExactly = async (after: number, { to, registry: then }: Interrupted): Promise<Batch | Duration> => {
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
    return prepare(reader.id, entries, after + 1, to, {
      preparePacket: then === undefined ? settleNow() : preparingWith(then),
    });
  };

  const lead = (after: number): Promise<Batch> => {
    const began = clock.monotonic();
    const batch = read(after, LIMIT);
    shared.lead(after, batch);
    return batch.then((prepared) => {
      lastSmall = prepared.entries.length < SMALL ? began : Number.NEGATIVE_INFINITY;
      return prepared;
    });
  };

  /** The next batch, or how long to wait before asking again. */
  const attempt = async (name: ReaderName, after: number): Promise<Batch | Duration> => {
    const known = shared.find(after);
    if (known !== undefined) return known;
    if (reader.synced() <= after) return POLL;
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

  return {
    next: async (name, after, signal, interrupted) => {
      while (!signal.aborted) {
        const found = interrupted === undefined ? await attempt(name, after) : await readExactly(after, interrupted);
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
