import type { Evaluation, EvaluatedReadings } from './evaluate/evaluate.ts';
import type { HandEnding } from './closing.ts';
import type { EvaluatedSystem } from './system/evaluate-system.ts';
import type { Alert, AlertCommit, AlertRecord } from '#model/alerts/alert.ts';
import type { SystemProblem } from '#model/alerts/problem.ts';

/** What the alerter has to know of a run of journal entries besides its readings. */
export interface BatchInfo {
  readonly journal: string;
  /** The last entry that it stands for. */
  readonly to: number;
  /** True when the broker has started anew somewhere in it. */
  readonly isBrokerNew: boolean;
}

/** What became of a test message for one recipient. */
export interface TestOutcome {
  readonly recipient: string;
  readonly delivered: boolean;
  /** Why not; undefined when it was delivered. */
  readonly error: string | undefined;
}

/** Tries channels by name. */
export interface ChannelTester {
  /** Names of the channels in use. */
  readonly names: readonly string[];
  /**
   * Sends one message that says it is a test to everyone of a channel, and does not try again.
   * @throws Fault `NOT_FOUND`
   */
  test(name: string): Promise<readonly TestOutcome[]>;
}

/** Ends alerts by hand. */
export interface AlertEnder {
  /**
   * Gives the change to be committed and changes nothing yet. Call it, and commit, between two batches of watch.
   * @throws Fault `NOT_FOUND`, `CONFLICT` where the alert has ended, `REQUEST_INVALID` where it is about the system itself
   */
  end(id: number, ending: HandEnding): Uncommitted;
}

/** Changes of alerts by people, committed together with the messages about them. */
export interface AlertService {
  /** @throws Fault `NOT_FOUND`, `CONFLICT` where the alert has ended, `REQUEST_INVALID` where it is about the system itself */
  end(id: number, ending: HandEnding): Promise<AlertRecord>;
}

/** A change by a look or a person, with the rows to be committed. */
export interface Uncommitted {
  readonly attended: EvaluatedSystem;
  readonly commit: AlertCommit;
}

/** Rules, evaluation and notification at work on the batches of watch. */
export interface Alerter extends ChannelTester, AlertEnder {
  /** Holds readings against the rules. Changes nothing yet: what cannot be committed is evaluated again. */
  evaluate(observations: Iterable<EvaluatedReadings>): Evaluation;
  /** What is to be committed of it: alerts, history, and messages to whom they concern. */
  notify(evaluation: Evaluation, occasion: BatchInfo): AlertCommit;
  /** The evaluation stands in the database: it is remembered, and its messages are sent. */
  committed(evaluation: Evaluation, commit: AlertCommit): void;
  /**
   * Holds what is wrong with the system itself against the alerts that stand about it, and tells what a silence that is
   * over has kept from people. Alerts that nothing can end any more go on by another device, or are closed. To be called,
   * and committed, between two batches of watch; undefined when there is nothing to commit. What is undecided stays as it is.
   */
  attend(conditions: readonly SystemProblem[], isUndecided: (alert: Alert) => boolean): Uncommitted | undefined;
  /** The commit that `attend` or `end` gave stands in the database. */
  attended(commit: AlertCommit): void;
  /** Prometheus text. */
  metrics(): Promise<string>;
  /** Rejects with the bug that ended it; resolves after `stop`. */
  readonly ended: Promise<void>;
  /** Lets messages under way go out; what waits is sent by the next run. Safe to call twice. */
  stop(): Promise<void>;
}
