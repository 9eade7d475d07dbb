import type { Batch, Judged, Stored } from './batch.ts';
import { pinsKeptSince } from './judge/arrival.ts';
import { judge } from './judge/judge.ts';
import { count } from './ledger/count.ts';
import type { Intent } from './operations/keep.ts';
import type { Operations } from './operations/operations.ts';
import type { KeepSteps } from './pipeline.ts';
import { type RejectedReading, quarantine } from './quarantine/quarantine.ts';
import type { Store } from './store/store.ts';
import type { Telemetry } from './telemetry.ts';
import { storedOf, writeJudged } from './writes.ts';
import type { Clock } from '#model/clock.ts';
import type { Qualified } from '#model/reading.ts';

export interface KeepDeps {
  readonly operations: Operations;
  readonly store: Store;
  readonly telemetry: Telemetry;
  /** Tells how old pins are. */
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

/** The steps of keep, wired to the store and the operations database. */
export const keepSteps = (deps: KeepDeps): KeepSteps => {
  const { operations, store, telemetry, careful, signal, endReplay, onStored } = deps;
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
    store: ({ journal, from, to }, judged) => writeJudged(judged, { journal, from, to }, deps),
    record: async (batch, judged, stored) => {
      const { journal, to, settled } = batch;
      const counts = count(journal, store.name, settled, judged, new Set(stored.rejected.keys()));
      const quarantined = quarantine(journal, settled, rejectedOf(judged, stored));
      const { marks, pins } = judged;
      const pinsSince = pinsKeptSince(pins, careful.now());
      await operations.commit({ cursor: { journal, sequence: to }, ...counts, quarantined, marks, pins, pinsSince });
      telemetry.kept(counts, quarantined);
      onStored(storedOf(judged, stored));
    },
  };
};
