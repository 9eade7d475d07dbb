import type { Batch, Judged, Stored } from './batch.ts';
import { judge } from './judge/judge.ts';
import { count } from './ledger/count.ts';
import type { Intent, Operations } from './operations/operations.ts';
import type { KeepSteps } from './pipeline.ts';
import { type RejectedReading, quarantine } from './quarantine/quarantine.ts';
import type { Store } from './store/store.ts';
import type { Telemetry } from './telemetry.ts';
import { writesOf } from './writes.ts';
import type { Qualified } from '#model/reading.ts';

export interface KeepDeps {
  readonly operations: Operations;
  readonly store: Store;
  readonly telemetry: Telemetry;
  /** Raised when the process must end now: calls to the store are given up and repeated by the next run. */
  readonly signal: AbortSignal;
  /** Ends a replay that was begun and never finished: its rows may be in the store, and are not counted yet. */
  readonly endReplay: () => Promise<void>;
  /** Told what is stored, once it is. */
  readonly onStored: (readings: readonly Qualified[]) => void;
}

const write = async (batch: Batch, judged: Judged, { store, signal }: KeepDeps): Promise<Stored> => {
  const { readings, positions, revised } = writesOf(judged);
  // a repeat may have nothing left to write and still rows to take back: the registry has changed in between
  if (readings.length === 0 && !judged.isRepeat) return { rejected: new Map() };
  const { journal, from, to } = batch;
  const outcome = await store.write({ journal, from, to, readings, revised, isRepeat: judged.isRepeat }, signal);
  return { rejected: new Map(outcome.rejected.map(({ index, reason }) => [positions[index] ?? index, reason])) };
};

const rejectedOf = ({ readings }: Judged, { rejected }: Stored): readonly RejectedReading[] =>
  [...rejected].flatMap(([position, reason]) => {
    const reading = readings[position];
    return reading === undefined ? [] : [{ reading, reason }];
  });

const isOf = (intent: Intent, { journal, from, to }: Batch): boolean =>
  intent.journal === journal && intent.from === from && intent.to === to;

/** The steps of keep, wired to the store and the operations database. */
export const keepSteps = (deps: KeepDeps): KeepSteps => {
  const { operations, store, telemetry, signal, endReplay, onStored } = deps;
  return {
    judge: async (batch) => {
      await endReplay();
      return judge(batch.settled, {
        mark: (device) => operations.mark(device),
        pin: (device, identity) => operations.pin(device, identity),
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
    store: (batch, judged) => write(batch, judged, deps),
    record: async (batch, judged, stored) => {
      const { journal, to, settled } = batch;
      const counts = count(journal, store.name, settled, judged, new Set(stored.rejected.keys()));
      const quarantined = quarantine(journal, settled, rejectedOf(judged, stored));
      const { marks, pins } = judged;
      await operations.commit({ cursor: { journal, sequence: to }, ...counts, quarantined, marks, pins });
      telemetry.kept(counts, quarantined);
      onStored(writesOf(judged).readings);
    },
  };
};
