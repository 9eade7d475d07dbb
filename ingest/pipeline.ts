import type { Batch, Classified, PreparedPacket, Stored, ObservedChange } from './batch.ts';
import type { Evaluation } from '#alerter/evaluate/evaluate.ts';
import type { AlertCommit } from '#model/alerts/alert.ts';
import type { Entry } from '#model/readings/packet.ts';

export interface PrepareSteps {
  readonly preparePacket: (entry: Entry) => PreparedPacket;
}

export interface StoringSteps {
  /** New, duplicate or revised: the store is asked only about late readings. */
  readonly classify: (batch: Batch) => Promise<Classified>;
  /** Writes down what is about to be done, before the store is touched. */
  readonly intend: (batch: Batch, classified: Classified) => Promise<void>;
  /** Accepted or rejected; throws a `Fault` with `retry` while the store is away. */
  readonly store: (batch: Batch, classified: Classified) => Promise<Stored>;
  /** Cursor, ledger, quarantine and newest times: one transaction. */
  readonly record: (batch: Batch, classified: Classified, stored: Stored) => Promise<void>;
}

export interface AlertingSteps {
  /** Takes out readings without a time that were sent before: each arrival of one would pass for another reading. */
  readonly withoutRedelivered: (batch: Batch) => Batch;
  /** Newest values, presence and signs of life that the batch changes. */
  readonly observe: (batch: Batch) => ObservedChange;
  /** Alerts that the readings raise, hold up or end. */
  readonly evaluate: (batch: Batch) => Evaluation;
  /** What is told about them, to whom and in which words. */
  readonly notify: (batch: Batch, evaluation: Evaluation) => AlertCommit;
  /** Cursor, changes, alerts and the messages about them: one transaction. */
  readonly record: (
    batch: Batch,
    change: ObservedChange,
    evaluation: Evaluation,
    alerting: AlertCommit,
  ) => Promise<void>;
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
  const packets = entries.filter(({ kind }) => kind === 'readings').map(steps.preparePacket); // decode, validate, qualify
  return { journal, from, to, entries, packets };
};

/** A batch into the store, exactly once: running it again after a crash or an outage ends in the same rows and counts. */
export const storeBatch = async (batch: Batch, steps: StoringSteps): Promise<void> => {
  const classified = await steps.classify(batch);
  await steps.intend(batch, classified);
  const stored = await steps.store(batch, classified);
  await steps.record(batch, classified, stored);
};

/** A batch before the eyes of whoever watches: it never waits for the store. */
export const alertOnBatch = async (arrived: Batch, steps: AlertingSteps): Promise<void> => {
  const batch = steps.withoutRedelivered(arrived);
  const evaluation = steps.evaluate(batch);
  await steps.record(batch, steps.observe(batch), evaluation, steps.notify(batch, evaluation));
};
