import { Connections, connectionChanges, sessionsIn } from '#ingest/dedupe/sessions.ts';
import { REMEMBERED } from '#ingest/dedupe/remember.ts';
import type { Classification } from '#storage/operations/storing.ts';
import { readingEntries } from '#ingest/read-steps.ts';
import { keyOf, type StoredValue } from '#storage/readings/store.ts';
import type { ReadLimit } from '#journal/journal.ts';
import type { ProfileChoice } from '#model/registry/profile-choice.ts';
import { replayedWith } from '#model/registry/registry.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Qualified } from '#model/readings/reading.ts';
import { GatheredReplay, type Last } from './gathered.ts';
import type { ReplayPlan } from './plan.ts';
import type { Replayed, ReplayerDeps } from './step.ts';

export interface RawReplayQuery {
  readonly device: string;
  /** Arrived at or after / before. */
  readonly from: Instant;
  readonly to: Instant;
  /** `then` when absent. */
  readonly profiles?: ProfileChoice;
  /** Says what would change, and changes nothing. */
  readonly isDry: boolean;
}

export interface RawReplayProgress {
  /** Entries of the journal that were looked at, and how many there are. */
  readonly read: number;
  readonly entries: number;
  /** Packets of the device in the span. */
  readonly packets: number;
  /** Of those, the ones that stand open in quarantine: they are replayed from there. */
  readonly quarantined: number;
  /** Parts that are refused now; what the store holds of them from before stays. */
  readonly refused: number;
  /** Rows that were not there, that hold another value now, and that hold the same. */
  readonly new: number;
  readonly changed: number;
  readonly same: number;
}

export interface RawReplay {
  /**
   * Runs kept raw packets of one device again, after a fix of a codec, a calibration or the registry. Running it twice
   * changes nothing the second time. Where several packets say something of one reading, the last to arrive counts, as it
   * did when they arrived; what was moved to another time, or recognised, is found where it is.
   * @throws Fault `NOT_FOUND` for an unknown device, `REQUEST_INVALID` for a span with too much in it
   */
  raw(
    query: RawReplayQuery,
    onProgress: (progress: RawReplayProgress) => void,
    signal: AbortSignal,
  ): Promise<RawReplayProgress>;
}

const SLICE: ReadLimit = { entries: 4_096, bytes: 2 * 2 ** 20 };
const READINGS_A_STEP = 2_000;
/** Readings held in memory at a time: a device that reports five values a minute fills it in ten weeks. */
const MOST = 500_000;

type MutableProgress<T> = { -readonly [K in keyof T]: T[K] };

/** Last value of each property and time, among all readings that arrived from the beginning of the span until now. */
const gather = async (
  { device, from, to, profiles }: RawReplayQuery,
  { reader, operations, tell, signal }: ReplayerDeps & { readonly tell: Tell },
): Promise<readonly Last[]> => {
  const read = readingEntries(replayedWith(operations.registry(), profiles));
  const open = operations.openSequences(reader.id, device);
  const connections = new Connections();
  let sessionOf = sessionsIn([], connections);
  const gathered = new GatheredReplay((entry) => sessionOf(entry));
  const through = operations.cursor('storing')?.sequence ?? 0;
  const first = (await reader.first()) - 1;
  tell({ entries: Math.max(0, through - first) });

  // a redelivery of a packet in quarantine has no place there of its own
  const isOpen = (entry: Entry): boolean => {
    const { sequence, packetId, payload } = entry;
    if (open.has(sequence)) return true;
    if (!entry.dup || packetId === 0) return false;
    const since = entry.receivedAt - REMEMBERED.ms;
    const before = operations.quarantinedBefore({ device, session: sessionOf(entry), packetId, payload, since });
    return before !== undefined && before.state === 'open';
  };

  const note = (entry: Entry): void => {
    const batch = read([entry]);
    const isMeant = entry.receivedAt < to;
    if (isMeant) tell({ packets: 1, refused: batch.packets.flatMap(({ refused }) => refused).length });
    gathered.take(batch, operations.moved(reader.id, entry.sequence), isMeant);
    if (gathered.size > MOST) {
      throw new Fault('REQUEST_INVALID', `more than ${MOST} readings arrived since then; take a later beginning`);
    }
  };

  for (let after = first; after < through && !signal.aborted; ) {
    const batch = await reader.read(after, { ...SLICE, entries: Math.min(SLICE.entries, through - after) });
    const changes = connectionChanges(batch.entries);
    sessionOf = sessionsIn(changes, connections);
    for (const entry of batch.entries) {
      if (entry.kind !== 'readings' || entry.sender !== device || entry.receivedAt < from) continue;
      if (!isOpen(entry)) note(entry);
      else if (entry.receivedAt < to) tell({ packets: 1, quarantined: 1 });
    }
    connections.take(changes);
    tell({ read: batch.through - after });
    after = batch.through;
  }
  return gathered.all();
};

/** Adds to the reported progress. */
type Tell = (more: Partial<RawReplayProgress>) => void;

const classificationsOf = (
  readings: readonly Qualified[],
  stored: ReadonlyMap<string, StoredValue>,
): readonly Classification[] =>
  readings.map((reading) => {
    const value = stored.get(keyOf(reading))?.value;
    if (value === undefined) return 'new';
    return value === reading.value ? 'duplicate' : 'revised';
  });

const countClassifications = (
  classifications: readonly Classification[],
): Pick<RawReplayProgress, 'new' | 'changed' | 'same'> => {
  const of = (classification: Classification): number => classifications.filter((one) => one === classification).length;
  return { new: of('new'), changed: of('revised'), same: of('duplicate') };
};

/** Readings that differ from the store, under one number of the replay's own. Equal readings are not counted again. */
const planOf = (
  found: readonly Last[],
  classifications: readonly Classification[],
  { journal, sequence, newest }: { readonly journal: string; readonly sequence: number; readonly newest: Instant },
): ReplayPlan => {
  const differing = found.flatMap((last, index) => {
    const classification = classifications[index] ?? 'new';
    return classification === 'duplicate' ? [] : [{ last, reading: { ...last.reading, sequence }, classification }];
  });
  const newestOf = new Map<string, Instant>();
  for (const { reading } of differing) {
    newestOf.set(reading.device, Math.max(newestOf.get(reading.device) ?? newest, reading.observedAt));
  }
  return {
    journal,
    under: `${journal}/replay`,
    from: sequence,
    to: sequence,
    readings: differing.map(({ reading }) => reading),
    classifications: differing.flatMap(({ classification }, position): [number, Classification][] =>
      classification === 'new' ? [] : [[position, classification]],
    ),
    newestTimes: [...newestOf].map(([device, at]) => ({
      device,
      newest: at,
    })),
    moved: differing.flatMap(({ last: { isMoved, reading } }) =>
      isMoved
        ? [
            {
              journal,
              sequence: reading.sequence,
              place: reading.place,
              observedAt: reading.observedAt,
            },
          ]
        : [],
    ),
    superseded: [],
    identified: [],
    packets: [],
  };
};

type Step = (make: () => Promise<ReplayPlan | undefined>) => Promise<Replayed | undefined>;

export const makeRawReplay = (deps: ReplayerDeps, step: Step): RawReplay => ({
  raw: async (query, onProgress, signal) => {
    const { operations, store, reader } = deps;
    if (!operations.registry().devices.has(query.device)) {
      throw new Fault('NOT_FOUND', `no device is registered as "${query.device}"`);
    }
    const progress: MutableProgress<RawReplayProgress> = {
      read: 0,
      entries: 0,
      packets: 0,
      quarantined: 0,
      refused: 0,
      new: 0,
      changed: 0,
      same: 0,
    };
    const tell: Tell = (more) => {
      for (const name of ['read', 'entries', 'packets', 'quarantined', 'refused', 'new', 'changed', 'same'] as const) {
        progress[name] += more[name] ?? 0;
      }
      onProgress({ ...progress });
    };
    const either = AbortSignal.any([signal, deps.signal]);
    const last = await gather(query, { ...deps, tell, signal: either });
    const meant = last.filter(({ isMeant }) => isMeant).toSorted((a, b) => a.reading.observedAt - b.reading.observedAt);
    for (let from = 0; from < meant.length && !either.aborted; from += READINGS_A_STEP) {
      const some = meant.slice(from, from + READINGS_A_STEP);
      const readings = some.map(({ reading }) => reading);
      const compare = async (): Promise<readonly Classification[]> => {
        const classifications = classificationsOf(readings, await store.lookUp(readings, either));
        tell(countClassifications(classifications));
        return classifications;
      };
      if (query.isDry) await compare();
      else {
        await step(async () => {
          const plan = planOf(some, await compare(), {
            journal: reader.id,
            sequence: await operations.takeReplayNumbers(1),
            newest: operations.watermark(query.device)?.newest ?? 0,
          });
          return plan.readings.length === 0 ? undefined : plan;
        });
      }
    }
    return { ...progress };
  },
});
