import { planQuarantined, type ReplayOrder } from './quarantined.ts';
import { ReplayPlan } from './plan.ts';
import { type Replayed, type ReplayerDeps, takeStep } from './step.ts';
import { makeRawReplay, type RawReplay } from './raw.ts';
import type { Discard, QuarantineChoice } from '#storage/operations/quarantine.ts';
import { Fault } from '#model/base/fault.ts';

export interface ReplayProgress extends Replayed {
  /** Packets that were looked at so far. */
  readonly taken: number;
}

/** Runs refused packets, and kept raw packets, through the pipeline again. */
export interface Replayer extends RawReplay {
  /** Ends a step that was begun and never finished; does nothing when there is none. */
  end(): Promise<void>;
  /**
   * Open packets of the quarantine, oldest first, a few at a time between two batches of the storing reader.
   * @param signal ends it behind the step under way
   * @throws Fault `STORE_UNREACHABLE` (retry) while a batch is half written
   */
  quarantined(
    choice: QuarantineChoice,
    order: ReplayOrder,
    onProgress: (progress: ReplayProgress) => void,
    signal: AbortSignal,
  ): Promise<ReplayProgress>;
  /**
   * Closes open packets without storing anything of them, never one that a step is about. Gives how many.
   * @throws Fault of the store while a step that was begun cannot be ended
   */
  discard(choice: QuarantineChoice, discard: Pick<Discard, 'reason' | 'by'>): Promise<number>;
}

/** Packets of one step: few enough that the storing reader waits only for a moment. */
const PACKETS = 50;
/** Packets that are discarded in one transaction. */
const DISCARDED_AT_ONCE = 500;
const NOTHING: ReplayProgress = { taken: 0, packets: 0, refusedAgain: 0, stored: 0, duplicates: 0, revised: 0 };

const add = (a: ReplayProgress, b: Replayed, taken: number): ReplayProgress => ({
  taken: a.taken + taken,
  packets: a.packets + b.packets,
  refusedAgain: a.refusedAgain + b.refusedAgain,
  stored: a.stored + b.stored,
  duplicates: a.duplicates + b.duplicates,
  revised: a.revised + b.revised,
});

const discarding =
  ({ clock, operations, between }: ReplayerDeps, end: Replayer['end']): Replayer['discard'] =>
  async (choice, { reason, by }) => {
    let discarded = 0;
    for (let after = 0; ; ) {
      const ids = operations.openQuarantine(choice, after, DISCARDED_AT_ONCE);
      const last = ids.at(-1);
      if (last === undefined) return discarded;
      // a packet of a step under way would be counted twice: as discarded, and as replayed when the step ends
      discarded += await between(async () => {
        await end();
        return operations.discard(ids, { reason, by, at: clock.now() });
      });
      after = last;
    }
  };

export const makeReplayer = (deps: ReplayerDeps): Replayer => {
  const { operations, between } = deps;
  let isOpen = operations.replayPlan() !== undefined;

  const end = async (): Promise<void> => {
    if (!isOpen) return;
    const plan = operations.replayPlan();
    if (plan !== undefined) await takeStep(ReplayPlan.parse(plan), true, deps);
    isOpen = false;
  };

  /** One step: nothing else is half done before it, and whatever ends it in the middle, it is done whole later. */
  const step = (make: () => Promise<ReplayPlan | undefined>): Promise<Replayed | undefined> =>
    between(async () => {
      if (operations.intent() !== undefined) {
        const detail = 'a batch is half written while the store is away; replay when /readyz is green';
        throw new Fault('STORE_UNREACHABLE', detail, { retry: true });
      }
      await end();
      const plan = await make();
      if (plan === undefined) return undefined;
      await operations.planReplay(plan);
      isOpen = true;
      const replayed = await takeStep(plan, false, deps);
      isOpen = false;
      return replayed;
    });

  return {
    end,
    quarantined: async (choice, order, onProgress, signal) => {
      let progress = NOTHING;
      let after = 0;
      while (!signal.aborted) {
        const ids = operations.openQuarantine(choice, after, PACKETS);
        const last = ids.at(-1);
        if (last === undefined) return progress;
        after = last;
        const replayed = await step(async () => {
          const plan = await planQuarantined(ids, order, deps);
          after = plan?.packets.at(-1)?.id ?? last;
          return plan;
        });
        if (replayed !== undefined) progress = add(progress, replayed, replayed.packets + replayed.refusedAgain);
        onProgress(progress);
      }
      return progress;
    },
    discard: discarding(deps, end),
    ...makeRawReplay(deps, step),
  };
};
