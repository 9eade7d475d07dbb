import type { Evaluation } from './evaluate/evaluate.ts';
import type { HandEnding } from './closing.ts';
import type { EvaluatedSystem } from './system/evaluate-system.ts';
import type { Alert, AlertCommit, AlertRecord } from '#model/alerts/alert.ts';
import type { QualifiedColumns } from '#model/readings/columns.ts';
import type { SystemProblem } from '#model/alerts/problem.ts';

/** Facts about a run of journal entries besides its readings. */
export interface BatchInfo {
  readonly journal: string;
  /** The last entry of the run. */
  readonly to: number;
  /** True when the broker was started within the run. */
  readonly isBrokerNew: boolean;
}

/** The result of a test message for one recipient. */
export interface TestOutcome {
  readonly recipient: string;
  readonly delivered: boolean;
  /** The reason of a failure; undefined when it was delivered. */
  readonly error: string | undefined;
}

/** Tests channels by name. */
export interface ChannelTester {
  /** Names of the channels in use. */
  readonly names: readonly string[];
  /**
   * Sends one test message to each recipient of a channel, without retries.
   * @throws Fault `NOT_FOUND`
   */
  test(name: string): Promise<readonly TestOutcome[]>;
}

/** Ends alerts by hand. */
export interface AlertEnder {
  /**
   * Returns the change to be committed and changes nothing yet. Call it, and commit, between two batches of the alerting reader.
   * @throws Fault `NOT_FOUND`, `CONFLICT` where the alert has ended, `REQUEST_INVALID` where it is about the system itself
   */
  end(id: number, ending: HandEnding): Uncommitted;
}

/** Changes of alerts by people, committed together with the messages about them. */
export interface AlertService {
  /** @throws Fault `NOT_FOUND`, `CONFLICT` where the alert has ended, `REQUEST_INVALID` where it is about the system itself */
  end(id: number, ending: HandEnding): Promise<AlertRecord>;
}

/** A change that a probe or a person makes, with the rows to be committed. */
export interface Uncommitted {
  readonly evaluated: EvaluatedSystem;
  readonly commit: AlertCommit;
}

/** Evaluates the batches of the alerting reader against the rules, and notifies people. */
export interface Alerter extends ChannelTester, AlertEnder {
  /** Evaluates readings against the rules. Changes nothing yet: a batch that cannot be committed is evaluated again. */
  evaluate(readings: QualifiedColumns): Evaluation;
  /** The rows to be committed for an evaluation: alerts, history, and messages to recipients. */
  notify(evaluation: Evaluation, batch: BatchInfo): AlertCommit;
  /** Applies a committed evaluation, and sends its messages. */
  committed(evaluation: Evaluation, commit: AlertCommit): void;
  /**
   * Evaluates the problems of the system itself, and sends notifications that a silence has deferred until now. Alerts
   * that no reading can end any more go on at another device, or are closed. Call it, and commit, between two batches of
   * the alerting reader; undefined when there is nothing to commit.
   * @param isUnknown true for an alert whose problem cannot be checked now: it stays as it is
   */
  evaluateSystem(problems: readonly SystemProblem[], isUnknown: (alert: Alert) => boolean): Uncommitted | undefined;
  /** Applies what `evaluateSystem` or `end` returned, after its commit. */
  systemCommitted(commit: AlertCommit): void;
  /** Prometheus text. */
  metrics(): Promise<string>;
  /** Rejects with the bug that ended it; resolves after `stop`. */
  readonly ended: Promise<void>;
  /** Waits for messages under way; the next run sends the others. Safe to call twice. */
  stop(): Promise<void>;
}
