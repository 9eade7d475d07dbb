import type { Batch } from './batch.ts';
import { prepare } from './pipeline.ts';
import { settle } from './settle.ts';
import { codecOf, decode } from './decode/decode.ts';
import { qualifying } from './qualify/qualify.ts';
import { validating } from './validate/validate.ts';
import type { DamagedRange, JournalReader, ReadLimit } from '#journal/journal.ts';
import type { Clock } from '#model/clock.ts';
import { type Duration, milliseconds } from '#model/duration.ts';
import type { Entry } from '#model/packet.ts';
import type { Registry } from '#model/registry.ts';
import type { Settled } from './batch.ts';

/** How often the journal is asked for news. Also what gathers a calm minute's packets into few transactions. */
const POLL: Duration = milliseconds(20);
const LIMIT: ReadLimit = { entries: 8_192, bytes: 2 * 2 ** 20 };
/** Prepared batches that are remembered: in normal running keep and watch ask for the same one within moments. */
const REMEMBERED = 2;

export interface FrontDeps {
  readonly reader: JournalReader;
  readonly clock: Clock;
  /** The registry as it is now; a new revision takes effect with the next batch. */
  readonly registry: () => Registry;
  /** Told of entries that were acknowledged once and can be read no more. */
  readonly onDamaged: (range: DamagedRange) => void;
}

/** The part of the way that keep and watch share: reads the journal and prepares batches. */
export interface Front {
  /**
   * The batch right behind `after`, once there is one; undefined when the signal was raised first. With `to`, exactly
   * the entries up to there: what an interrupted run was about.
   */
  next(after: number, signal: AbortSignal, to?: number): Promise<Batch | undefined>;
}

const settlingWith = (registry: Registry): ((entry: Entry) => Settled) => {
  const steps = {
    codecOf: (entry: Entry) => codecOf(entry, registry),
    decode,
    validate: validating(registry),
    qualify: qualifying(registry),
  };
  return (entry) => settle(entry, steps);
};

export const makeFront = ({ reader, clock, registry, onDamaged }: FrontDeps): Front => {
  const remembered = new Map<string, Promise<Batch>>();
  let current = { revision: registry().revision, settle: settlingWith(registry()) };

  const settleNow = (): ((entry: Entry) => Settled) => {
    const now = registry();
    if (now.revision !== current.revision) current = { revision: now.revision, settle: settlingWith(now) };
    return current.settle;
  };

  const readUpTo = async (after: number, to: number): Promise<Batch> => {
    const entries: Entry[] = [];
    let through = after;
    while (through < to) {
      const limit = { entries: to - through, bytes: Number.POSITIVE_INFINITY };
      const run = await reader.read(through, limit);
      run.damaged.forEach(onDamaged);
      entries.push(...run.entries);
      through = run.through;
    }
    return prepare(reader.id, entries, after + 1, to, { settle: settleNow() });
  };

  const read = async (after: number, to: number | undefined): Promise<Batch> => {
    if (to !== undefined) return readUpTo(after, to);
    const { entries, damaged, through } = await reader.read(after, LIMIT);
    damaged.forEach(onDamaged);
    return prepare(reader.id, entries, after + 1, through, { settle: settleNow() });
  };

  const remember = (after: number, to: number | undefined): Promise<Batch> => {
    const key = `${after}-${to ?? ''}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const batch = read(after, to);
    remembered.set(key, batch);
    batch.catch(() => remembered.delete(key));
    for (const oldest of remembered.keys()) {
      if (remembered.size > REMEMBERED) remembered.delete(oldest);
    }
    return batch;
  };

  return {
    next: async (after, signal, to) => {
      while (!signal.aborted) {
        if (reader.synced() > after) return remember(after, to);
        await clock.sleep(POLL, signal);
      }
      return undefined;
    },
  };
};
