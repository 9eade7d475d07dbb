import type { Batch, Classified, Stored } from './batch.ts';
import { classify } from './dedupe/dedupe.ts';
import { assignedOf, movedOf, REMEMBERED, rememberedSince } from './dedupe/remember.ts';
import { connectionChanges, sessionsIn } from './dedupe/sessions.ts';
import { count } from './ledger/count.ts';
import type { IdentityChanges, Intent } from '#storage/operations/storing.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { ReadSteps, StoringSteps } from './pipeline.ts';
import type { Qualifier, SeriesChanges } from './qualify/qualifier.ts';
import { type RejectedReading, quarantine } from './quarantine/quarantine.ts';
import { withoutRedelivered } from './quarantine/redelivered.ts';
import type { QualityCommit } from '#storage/operations/quality.ts';
import type { Requalified, Store } from '#storage/readings/store.ts';
import { worstIn } from '#model/quality/quality-tests.ts';
import type { IngestMetrics } from './metrics/metrics.ts';
import { storedOf, writeClassified } from './store/write.ts';
import type { Clock } from '#model/base/clock.ts';
import type { Instant } from '#model/base/instant.ts';
import { type QualifiedColumns, readingAt } from '#model/readings/columns.ts';

export interface StoringDeps {
  readonly operations: Operations;
  readonly store: Store;
  readonly metrics: IngestMetrics;
  /** Tells how long ago identities were noted. */
  readonly trustedClock: Pick<Clock, 'now'>;
  /** Raised when the process must end now: calls to the store are given up and repeated by the next run. */
  readonly signal: AbortSignal;
  /** Knows the course of each series as of the last committed batch. */
  readonly qualifier: Qualifier;
  /** Ends a replay that was begun and never finished: its rows may be in the store, and are not counted yet. */
  readonly endReplay: () => Promise<void>;
  /** Called with the readings that are stored. */
  readonly onStored: (readings: QualifiedColumns) => void;
}

const rejectedOf = ({ readings }: Classified, { rejected }: Stored): readonly RejectedReading[] =>
  Array.from(rejected, ([position, reason]) => ({ reading: readingAt(readings, position), reason }));

/** Stored values whose flags change, with the worst flag of each. */
const requalifiedBy = ({ flags }: SeriesChanges): readonly Requalified[] =>
  flags.map(({ series, observedAt, tests }) => ({ ...series, observedAt, tests, flag: worstIn(tests) }));

/** Series with late values, and spans of stored values that are new or have another flag. */
const changedBy = ({ late, flags }: SeriesChanges, now: Instant): Pick<QualityCommit, 'late' | 'changes'> => ({
  late: late.map(({ series, from, to }) => ({ ...series, from, to, since: now, noted: now })),
  changes: [
    ...late.map(({ series, from, to }) => ({ ...series, from, to, at: now })),
    ...flags.flatMap(({ series, observedAt, tests, before }) =>
      worstIn(tests) === worstIn(before) ? [] : [{ ...series, from: observedAt, to: observedAt, at: now }],
    ),
  ],
});

const isOf = (intent: Intent, { journal, from, to }: Batch): boolean =>
  intent.journal === journal && intent.from === from && intent.to === to;

/** Changes of identities by a batch; old ones are forgotten by the arrivals of the added ones. */
const identitiesOf = (
  classified: Classified,
  stored: Stored,
  { journal, connections, now }: { journal: string; connections: IdentityChanges['connections']; now: Instant },
): IdentityChanges => {
  const assigned = assignedOf(classified, stored);
  const arrivals = [
    ...assigned.map(({ receivedAt }) => receivedAt),
    ...connections.flatMap((change) => (change.kind === 'disconnected' ? [change.at] : [])),
  ];
  return {
    assigned,
    moved: movedOf(classified, journal),
    connections,
    rememberSince: rememberedSince(arrivals, now),
  };
};

/** The steps of the storing reader, wired to the store and the operations database. */
export const storingSteps = (deps: StoringDeps): Omit<StoringSteps, keyof ReadSteps> => {
  const { operations, store, metrics, trustedClock, signal, qualifier, endReplay, onStored } = deps;
  return {
    dedupe: async (batch) => {
      await endReplay();
      return classify(batch, {
        watermark: (device) => operations.watermark(device),
        hasAssigned: (device) => operations.hasAssigned(device),
        assignedTo: (device, identity) => operations.assignedTo(device, identity),
        assignedFrom: (device, beginning) => operations.assignedFrom(device, beginning),
        sessionOf: sessionsIn(connectionChanges(batch.entries), operations),
        intent: () => {
          const intent = operations.intent();
          return intent !== undefined && isOf(intent, batch) ? intent : undefined;
        },
        lookUp: (keys) => store.lookUp(keys, signal),
      });
    },
    qualify: (batch, classified) => qualifier.classified(batch, classified),
    store: async ({ journal, from, to }, classified) => {
      const { lookedUp, isRepeat } = classified;
      if (!isRepeat) await operations.intend({ journal, from, to, classified: lookedUp });
      const requalified = requalifiedBy(qualifier.changesOf(classified.readings));
      return writeClassified(classified, { journal, from, to, requalified }, deps);
    },
    record: async (batch, classified, stored) => {
      const { journal, to, packets, entries } = batch;
      const connections = connectionChanges(entries);
      const sessionOf = sessionsIn(connections, operations);
      const refused = quarantine(journal, packets, rejectedOf(classified, stored), sessionOf);
      const { first: quarantined, again } = withoutRedelivered(refused, operations, REMEMBERED);
      const rejected = new Set(stored.rejected.keys());
      const counts = count(journal, store.name, { packets, classified, rejected, again });
      const identities = identitiesOf(classified, stored, { journal, connections, now: trustedClock.now() });
      const { newestTimes } = classified;
      const changes = qualifier.changesOf(classified.readings);
      const quality = { courses: changes.courses, ...changedBy(changes, Math.floor(trustedClock.now())) };
      await operations.commitStored({
        cursor: { journal, sequence: to },
        ...counts,
        quarantined,
        newestTimes,
        identities,
        quality,
      });
      qualifier.committed(changes.courses);
      metrics.kept(counts, quarantined);
      onStored(storedOf(classified, stored));
    },
  };
};
