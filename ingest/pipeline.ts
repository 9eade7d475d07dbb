import type { Batch, Classified, DecodedRun, EntryRun, ObservedChange, Stored } from './batch.ts';
import type { Evaluation } from '#alerter/evaluate/evaluate.ts';
import type { AlertCommit } from '#model/alerts/alert.ts';
import type { QualifiedColumns, ReadingColumns } from '#model/readings/columns.ts';

/** The first two steps of both readers. While they are in step, each is done once for both. */
export interface ReadSteps {
  /** Bytes to values by name. */
  readonly decode: (run: EntryRun) => DecodedRun;
  /** Values to readings: known device and station, property, unit, finite number, plausible time. */
  readonly validate: (decoded: DecodedRun) => Batch;
}

export interface StoringSteps extends ReadSteps {
  /** Gives each reading its final time; new, duplicate or revised. The store is asked only about late readings. */
  readonly dedupe: (batch: Batch) => Promise<Classified<ReadingColumns>>;
  /** Gives each reading its quality flag. */
  readonly qualify: (batch: Batch, classified: Classified<ReadingColumns>) => Classified;
  /** Notes the intent, then writes. Throws a `Fault` with `retry` while the store is away. */
  readonly store: (batch: Batch, classified: Classified) => Promise<Stored>;
  /** Cursor, ledger, quarantine and newest times: one transaction. */
  readonly record: (batch: Batch, classified: Classified, stored: Stored) => Promise<void>;
}

export interface AlertingSteps extends ReadSteps {
  /** Takes out readings that were sent before. */
  readonly dedupe: (batch: Batch) => Batch;
  /** Gives each reading its quality flag. */
  readonly qualify: (batch: Batch) => Batch<QualifiedColumns>;
  /** Newest values, presence and signs of life that the batch changes. */
  readonly observe: (batch: Batch<QualifiedColumns>) => ObservedChange;
  /** Alerts that the readings raise, hold up or end. */
  readonly evaluate: (batch: Batch<QualifiedColumns>) => Evaluation;
  /** Messages about them, and their recipients. */
  readonly notify: (batch: Batch<QualifiedColumns>, evaluation: Evaluation) => AlertCommit;
  /** Cursor, changes, alerts and the messages about them: one transaction. */
  readonly record: (
    batch: Batch<QualifiedColumns>,
    change: ObservedChange,
    evaluation: Evaluation,
    alerts: AlertCommit,
  ) => Promise<void>;
}

/**
 * The storing reader. It brings a run of journal entries into the store, exactly once: running it again after a crash or
 * an outage ends in the same rows and counts.
 */
export const storeRun = async (run: EntryRun, steps: StoringSteps): Promise<void> => {
  const decoded = steps.decode(run);
  const batch = steps.validate(decoded);
  const classified = await steps.dedupe(batch);
  const qualified = steps.qualify(batch, classified);
  const stored = await steps.store(batch, qualified);
  await steps.record(batch, qualified, stored);
};

/**
 * The alerting reader. It has a cursor of its own and never waits for the store, so that a store which is away delays no
 * alert.
 */
export const alertOnRun = async (run: EntryRun, steps: AlertingSteps): Promise<void> => {
  const decoded = steps.decode(run);
  const batch = steps.validate(decoded);
  const deduped = steps.dedupe(batch);
  const qualified = steps.qualify(deduped);
  const change = steps.observe(qualified);
  const evaluation = steps.evaluate(qualified);
  const alerts = steps.notify(qualified, evaluation);
  await steps.record(qualified, change, evaluation, alerts);
};
