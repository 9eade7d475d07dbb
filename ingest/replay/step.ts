import type { JournalReader } from '#journal/journal.ts';
import type { Classified, Stored } from '#ingest/batch.ts';
import { assignedOf } from '#ingest/dedupe/remember.ts';
import { type BatchCounts, count } from '#ingest/ledger/count.ts';
import type { IdentityChanges } from '#storage/operations/storing.ts';
import type { ReadingCount } from '#storage/operations/ledger.ts';
import type { LateSeries, QualityCommit } from '#storage/operations/quality.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { QuarantinedPart } from '#model/readings/quarantined-packet.ts';
import type { ReplayOutcome } from '#storage/operations/replay.ts';
import type { Store } from '#storage/readings/store.ts';
import { storedOf, writeClassified } from '#ingest/store/write.ts';
import type { Clock } from '#model/base/clock.ts';
import type { Instant } from '#model/base/instant.ts';
import { columnsOf, readingsIn } from '#model/readings/columns.ts';
import type { Qualified } from '#model/readings/reading.ts';
import type { PlannedPacket, ReplayPlan } from './plan.ts';

export interface StepDeps {
  readonly clock: Clock;
  readonly operations: Operations;
  readonly store: Store;
  readonly signal: AbortSignal;
  /** Told what is stored, once it is. */
  readonly onStored: (readings: readonly Qualified[]) => void;
}

export interface ReplayerDeps extends StepDeps {
  readonly reader: Pick<JournalReader, 'id' | 'first' | 'read'>;
  /** Runs something while the storing reader stands between two batches. */
  readonly between: <T>(call: () => Promise<T>) => Promise<T>;
}

/** Result of one step, or the sum of many. */
export interface Replayed {
  readonly stored: number;
  readonly duplicates: number;
  readonly revised: number;
  /** Packets that are done with, and packets of which something is refused again. */
  readonly packets: number;
  readonly refusedAgain: number;
}

const classifiedOf = (plan: ReplayPlan, isRepeat: boolean): Classified => {
  const { readings, classifications, superseded, newestTimes, identified } = plan;
  return {
    readings: columnsOf(readings),
    classifications: new Map(classifications),
    superseded: new Set(superseded),
    lookedUp: [],
    isRepeat,
    newestTimes,
    identified,
  };
};
const partsOf = (
  { sequence, refused }: PlannedPacket,
  classified: Classified,
  stored: Stored,
): readonly QuarantinedPart[] => [
  ...refused,
  ...[...stored.rejected].flatMap(([position, detail]) => {
    const { readings } = classified;
    if (readings.sequence[position] !== sequence) return [];
    return [{ place: readings.place(position), code: 'STORE_REFUSED' as const, detail, readings: 1, further: 0 }];
  }),
];

/** A packet may lose fewer or other parts than before: the count of its hour follows. */
const corrected = ({ journal }: ReplayPlan, packet: PlannedPacket): ReadingCount => {
  const again = packet.refused.reduce((sum, { readings }) => sum + readings, 0) - packet.lost;
  const { device, hour, missing } = packet;
  return {
    journal,
    device,
    hour,
    decoded: again,
    stored: 0,
    duplicates: 0,
    refused: again,
    revised: 0,
    missing,
  };
};

const outcomeOf = (packet: PlannedPacket, parts: readonly QuarantinedPart[]): ReplayOutcome => {
  const { id, codec, codecVersion, note } = packet;
  return { id, parts, codec, codecVersion, note };
};

const countStep = (
  plan: ReplayPlan,
  classified: Classified,
  stored: Stored,
  { store, done }: { readonly store: string; readonly done: readonly PlannedPacket[] },
): BatchCounts => {
  const { readings, rows } = count(plan.journal, store, {
    packets: [],
    classified,
    rejected: new Set(stored.rejected.keys()),
    again: new Set(),
  });
  return {
    rows,
    readings: [...readings, ...plan.packets.map((packet) => corrected(plan, packet))],
    messages: done.map(({ device, hour }) => ({
      journal: plan.journal,
      device,
      hour,
      processed: 1,
      quarantined: -1,
      discarded: 0,
    })),
  };
};

/** A replay's readings are remembered from its own time on: their packet may have arrived long ago. */
const identitiesOf = ({ moved }: ReplayPlan, assigned: IdentityChanges['assigned'], now: Instant): IdentityChanges => ({
  moved,
  connections: [],
  rememberSince: undefined,
  assigned: assigned.map((one) => ({
    ...one,
    receivedAt: Math.max(one.receivedAt, now),
  })),
});

/** Replayed values stand somewhere in the course of their series: the flags around them are found anew. */
const lateOf = (readings: readonly Qualified[], now: Instant): readonly LateSeries[] => {
  const series = Map.groupBy(readings, ({ device, station, property }) => `${device}\t${station}\t${property}`);
  return [...series.values()].flatMap((ascending) => {
    const [first, last] = [ascending[0], ascending.at(-1)];
    if (first === undefined || last === undefined) return [];
    const { device, station, property, family } = first;
    return [{ device, station, property, family, from: first.observedAt, to: last.observedAt, since: now, noted: now }];
  });
};

const qualityOf = (readings: readonly Qualified[], now: Instant): QualityCommit => {
  const late = lateOf(readings, now);
  return { courses: [], late, changes: late.map((one) => ({ ...one, at: now })) };
};

/** Does what a plan says, exactly once: the store, then counts, quarantine and the end of the plan in one transaction. */
export const takeStep = async (plan: ReplayPlan, isRepeat: boolean, deps: StepDeps): Promise<Replayed> => {
  const { clock, operations, store, onStored } = deps;
  const classified = classifiedOf(plan, isRepeat);
  const range = { journal: plan.under, from: plan.from, to: plan.to };
  const stored = await writeClassified(classified, range, deps);
  const packets = plan.packets.map((packet) => ({ packet, parts: partsOf(packet, classified, stored) }));
  const done = packets.flatMap(({ packet, parts }) => (parts.length === 0 ? [packet] : []));
  const kept = readingsIn(storedOf(classified, stored)).toSorted((a, b) => a.observedAt - b.observedAt);
  const counts = countStep(plan, classified, stored, { store: store.name, done });
  await operations.commitReplay({
    ...counts,
    newestTimes: classified.newestTimes,
    identities: identitiesOf(plan, assignedOf(classified, stored), clock.now()),
    outcomes: packets.map(({ packet, parts }) => outcomeOf(packet, parts)),
    latest: kept,
    at: clock.now(),
    by: plan.by,
    quality: qualityOf(kept, clock.now()),
  });
  onStored(kept);
  const sum = (column: 'stored' | 'duplicates' | 'revised'): number =>
    counts.readings.reduce((total, line) => total + line[column], 0);
  return {
    stored: sum('stored'),
    duplicates: sum('duplicates'),
    revised: sum('revised'),
    packets: done.length,
    refusedAgain: packets.length - done.length,
  };
};
