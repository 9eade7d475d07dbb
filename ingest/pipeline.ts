import type { Batch, Judged, Settled, Stored, WatchChange } from './batch.ts';
import type { Evaluation } from '#alerter/evaluate/evaluate.ts';
import type { AlertCommit } from '#model/alerts/alert.ts';
import type { Entry } from '#model/readings/packet.ts';

export interface PrepareSteps {
  readonly settle: (entry: Entry) => Settled;
}

export interface KeepSteps {
  /** New, duplicate or revised: the store is asked only about late readings. */
  readonly judge: (batch: Batch) => Promise<Judged>;
  /** Writes down what is about to be done, before the store is touched. */
  readonly intend: (batch: Batch, judged: Judged) => Promise<void>;
  /** Accepted or rejected; throws a `Fault` with `retry` while the store is away. */
  readonly store: (batch: Batch, judged: Judged) => Promise<Stored>;
  /** Cursor, ledger, quarantine and newest times: one transaction. */
  readonly record: (batch: Batch, judged: Judged, stored: Stored) => Promise<void>;
}

export interface WatchSteps {
  /** Takes out readings without a time that were sent before: each arrival of one would pass for another reading. */
  readonly withoutRedelivered: (batch: Batch) => Batch;
  /** Newest values, presence and signs of life that the batch changes. */
  readonly observe: (batch: Batch) => WatchChange;
  /** Alerts that the readings raise, hold up or end. */
  readonly evaluate: (batch: Batch) => Evaluation;
  /** What is told about them, to whom and in which words. */
  readonly notify: (batch: Batch, evaluation: Evaluation) => AlertCommit;
  /** Cursor, changes, alerts and the messages about them: one transaction. */
  readonly record: (batch: Batch, change: WatchChange, evaluation: Evaluation, alerting: AlertCommit) => Promise<void>;
}

/**
 * The way of a reading. Nothing here acknowledges a device: the journal already has. Keep and watch share the first
 * part and then go each their own way, each with its own cursor, so that a store which is away silences nothing.
 */
export const prepare = (
  journal: string,
  entries: readonly Entry[],
  from: number,
  to: number,
  steps: PrepareSteps,
): Batch => {
  const settled = entries.filter(({ kind }) => kind === 'readings').map(steps.settle); // decode, validate, qualify
  return { journal, from, to, entries, settled };
};

/** A batch into the store, exactly once: running it again after a crash or an outage ends in the same rows and counts. */
export const keep = async (batch: Batch, steps: KeepSteps): Promise<void> => {
  const judged = await steps.judge(batch);
  await steps.intend(batch, judged);
  const stored = await steps.store(batch, judged);
  await steps.record(batch, judged, stored);
};

/** A batch before the eyes of whoever watches: it never waits for the store. */
export const watch = async (arrived: Batch, steps: WatchSteps): Promise<void> => {
  const batch = steps.withoutRedelivered(arrived);
  const evaluation = steps.evaluate(batch);
  await steps.record(batch, steps.observe(batch), evaluation, steps.notify(batch, evaluation));
};
