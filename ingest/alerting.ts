import type { Batch, Settled } from './batch.ts';
import { repliesIn } from './observe/command-replies.ts';
import type { KeepRows } from '#storage/operations/storing.ts';
import type { LatestValue, WatchRows } from '#storage/operations/alerting.ts';
import type { WatchSteps } from './pipeline.ts';
import { Redeliveries } from './dedupe/redelivered.ts';
import { type Now, observe, remember } from './observe/observe.ts';
import type { Alerter, Occasion } from '#alerter/alerter.ts';
import type { AlertChange, AlertCommit } from '#model/alerts/alert.ts';
import type { Instant } from '#model/base/instant.ts';
import type { IsValid } from '#model/readings/valid.ts';

export interface WatchDeps {
  readonly operations: WatchRows & Pick<KeepRows, 'assignedTo' | 'brokerRun' | 'keptClient'>;
  /** What was known when the last batch was committed; kept up to date here. */
  readonly now: Now;
  readonly isValid: IsValid;
  readonly alerter: Pick<Alerter, 'evaluate' | 'notify' | 'committed'>;
  /** Told the newest values of a batch, once they are committed. */
  readonly onLatest: (values: readonly LatestValue[]) => void;
  /** Told what a batch was settled to, once it is committed. */
  readonly onSettled: (settled: readonly Settled[]) => void;
  /** Told the steps of alerts of a batch, once they are committed. */
  readonly onAlerts: (changes: readonly AlertChange[]) => void;
  /** Told when the broker was started, once that is committed: it may have lost what it held. */
  readonly onBrokerNew: (at: Instant) => void;
}

const brokerStart = (entries: Batch['entries']): Instant | undefined =>
  entries.findLast(({ kind }) => kind === 'broker-started')?.receivedAt;

const occasionOf = ({ journal, to, entries }: Batch): Occasion => ({
  journal,
  to,
  isBrokerNew: brokerStart(entries) !== undefined,
});

const isNothing = ({ alerts, events, messages }: AlertCommit): boolean =>
  alerts.length + events.length + messages.length === 0;

/** The steps of watch, wired to the alerter and the operations database. */
export const watchSteps = ({ operations, now, isValid, alerter, ...told }: WatchDeps): WatchSteps => {
  const redeliveries = new Redeliveries(operations);
  return {
    withoutRedelivered: (batch) => redeliveries.without(batch),
    observe: (batch) => observe(batch.entries, batch.settled, now, isValid),
    evaluate: (batch) => alerter.evaluate(batch.settled.flatMap(({ observations }) => observations)),
    notify: (batch, evaluation) => alerter.notify(evaluation, occasionOf(batch)),
    record: async ({ journal, to, settled, entries }, change, evaluation, alerting) => {
      const alerts = isNothing(alerting) ? {} : { alerting };
      const replies = repliesIn(entries);
      const answers = replies.length === 0 ? {} : { replies };
      await operations.watched({ cursor: { journal, sequence: to }, ...change, ...alerts, ...answers });
      remember(change, now);
      alerter.committed(evaluation, alerting);
      told.onLatest(change.latest);
      told.onSettled(settled);
      if (evaluation.changes.length > 0) told.onAlerts(evaluation.changes);
      const started = brokerStart(entries);
      if (started !== undefined) told.onBrokerNew(started);
    },
  };
};
