import type { Batch, EntryRun } from './batch.ts';
import { repliesIn } from './observe/command-replies.ts';
import type { StoringRows } from '#storage/operations/storing.ts';
import type { LatestValue, AlertingRows } from '#storage/operations/alerting.ts';
import type { AlertingSteps, ReadSteps } from './pipeline.ts';
import type { Qualifier } from './qualify/qualifier.ts';
import { Redeliveries } from './dedupe/redelivered.ts';
import { type CurrentState, observe, apply } from './observe/observe.ts';
import type { Alerter, BatchInfo } from '#alerter/alerter.ts';
import type { AlertChange, AlertCommit } from '#model/alerts/alert.ts';
import type { Instant } from '#model/base/instant.ts';
import type { IsValid } from '#model/readings/valid.ts';

export interface AlertingDeps {
  readonly operations: AlertingRows & Pick<StoringRows, 'assignedTo' | 'brokerRun' | 'keptClient'>;
  /** The newest values as of the last committed batch; kept up to date here. */
  readonly current: CurrentState;
  readonly isValid: IsValid;
  /** Knows the course of each series as of the last committed batch. */
  readonly qualifier: Qualifier;
  readonly alerter: Pick<Alerter, 'evaluate' | 'notify' | 'committed'>;
  /** Called with the newest values of a committed batch. */
  readonly onLatest: (values: readonly LatestValue[]) => void;
  /** Called with a committed batch. */
  readonly onCommitted: (batch: Batch) => void;
  /** Called with the steps of alerts of a committed batch. */
  readonly onAlerts: (changes: readonly AlertChange[]) => void;
  /** Called after a restart of the broker, once that is committed: it may have lost retained messages. */
  readonly onBrokerNew: (at: Instant) => void;
}

const brokerStart = (entries: EntryRun['entries']): Instant | undefined =>
  entries.findLast(({ kind }) => kind === 'broker-started')?.receivedAt;

const batchInfoOf = ({ journal, to, entries }: EntryRun): BatchInfo => ({
  journal,
  to,
  isBrokerNew: brokerStart(entries) !== undefined,
});

const isNothing = ({ alerts, events, messages }: AlertCommit): boolean =>
  alerts.length + events.length + messages.length === 0;

/** The steps of the alerting reader, wired to the alerter and the operations database. */
export const alertingSteps = ({
  operations,
  current,
  isValid,
  qualifier,
  alerter,
  ...listeners
}: AlertingDeps): Omit<AlertingSteps, keyof ReadSteps> => {
  const redeliveries = new Redeliveries(operations, current);
  return {
    dedupe: (batch) => redeliveries.without(batch),
    qualify: (batch) => qualifier.batch(batch),
    observe: (batch) => observe(batch.entries, batch.readings, current, isValid),
    evaluate: (batch) => alerter.evaluate(batch.readings),
    notify: (batch, evaluation) => alerter.notify(evaluation, batchInfoOf(batch)),
    record: async (batch, change, evaluation, alerting) => {
      const { journal, to, entries } = batch;
      const alerts = isNothing(alerting) ? {} : { alerting };
      const { courses } = qualifier.changesOf(batch.readings);
      const replies = repliesIn(entries);
      const answers = replies.length === 0 ? {} : { replies };
      await operations.commitAlerted({
        cursor: { journal, sequence: to },
        ...change,
        courses,
        ...alerts,
        ...answers,
      });
      qualifier.committed(courses);
      apply(change, current);
      alerter.committed(evaluation, alerting);
      listeners.onLatest(change.latest);
      listeners.onCommitted(batch);
      if (evaluation.changes.length > 0) listeners.onAlerts(evaluation.changes);
      const started = brokerStart(entries);
      if (started !== undefined) listeners.onBrokerNew(started);
    },
  };
};
