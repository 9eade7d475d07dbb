import type { Batch, Judged, Stored } from './batch.ts';
import { judge } from './dedupe/dedupe.ts';
import { assignedOf, movedOf, rememberedSince } from './dedupe/remember.ts';
import { connectionChanges, sessionsIn } from './dedupe/sessions.ts';
import { count } from './ledger/count.ts';
import type { IdentityChanges, Intent } from '#storage/operations/storing.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { KeepSteps } from './pipeline.ts';
import { type RejectedReading, quarantine } from './quarantine/quarantine.ts';
import type { Store } from '#storage/readings/store.ts';
import type { Telemetry } from './metrics/metrics.ts';
import { storedOf, writeJudged } from './store/write.ts';
import type { Clock } from '#model/base/clock.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Qualified } from '#model/readings/reading.ts';

export interface KeepDeps {
  readonly operations: Operations;
  readonly store: Store;
  readonly telemetry: Telemetry;
  /** Tells how long ago identities were noted. */
  readonly careful: Pick<Clock, 'now'>;
  /** Raised when the process must end now: calls to the store are given up and repeated by the next run. */
  readonly signal: AbortSignal;
  /** Ends a replay that was begun and never finished: its rows may be in the store, and are not counted yet. */
  readonly endReplay: () => Promise<void>;
  /** Told what is stored, once it is. */
  readonly onStored: (readings: readonly Qualified[]) => void;
}

const rejectedOf = ({ readings }: Judged, { rejected }: Stored): readonly RejectedReading[] =>
  [...rejected].flatMap(([position, reason]) => {
    const reading = readings[position];
    return reading === undefined ? [] : [{ reading, reason }];
  });

const isOf = (intent: Intent, { journal, from, to }: Batch): boolean =>
  intent.journal === journal && intent.from === from && intent.to === to;

/** What a batch changes in what readings are recognised by; it is forgotten by the arrivals of what is added. */
const identitiesOf = (
  judged: Judged,
  stored: Stored,
  { journal, connections, now }: { journal: string; connections: IdentityChanges['connections']; now: Instant },
): IdentityChanges => {
  const assigned = assignedOf(judged, stored);
  const arrivals = [
    ...assigned.map(({ receivedAt }) => receivedAt),
    ...connections.flatMap((change) => (change.kind === 'disconnected' ? [change.at] : [])),
  ];
  return {
    assigned,
    moved: movedOf(judged, journal),
    connections,
    rememberSince: rememberedSince(arrivals, now),
  };
};

/** The steps of keep, wired to the store and the operations database. */
export const keepSteps = (deps: KeepDeps): KeepSteps => {
  const { operations, store, telemetry, careful, signal, endReplay, onStored } = deps;
  return {
    judge: async (batch) => {
      await endReplay();
      return judge(batch.settled, {
        mark: (device) => operations.mark(device),
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
    intend: async ({ journal, from, to }, { lookedUp, isRepeat }) => {
      if (!isRepeat) await operations.intend({ journal, from, to, verdicts: lookedUp });
    },
    store: ({ journal, from, to }, judged) => writeJudged(judged, { journal, from, to }, deps),
    record: async (batch, judged, stored) => {
      const { journal, to, settled, entries } = batch;
      const counts = count(journal, store.name, settled, judged, new Set(stored.rejected.keys()));
      const connections = connectionChanges(entries);
      const sessionOf = sessionsIn(connections, operations);
      const quarantined = quarantine(journal, settled, rejectedOf(judged, stored), sessionOf);
      const identities = identitiesOf(judged, stored, { journal, connections, now: careful.now() });
      const { marks } = judged;
      await operations.commit({ cursor: { journal, sequence: to }, ...counts, quarantined, marks, identities });
      telemetry.kept(counts, quarantined);
      onStored(storedOf(judged, stored));
    },
  };
};
