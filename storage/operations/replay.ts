import type { StoringCommit } from './storing.ts';
import type { QuarantinedPart } from '#model/readings/quarantined-packet.ts';
import type { LatestValue } from './alerting.ts';
import type { Instant } from '#model/base/instant.ts';

/** What became of one packet of the quarantine in a replay. */
export interface ReplayOutcome {
  readonly id: number;
  /** Still refused; when there are none, the packet is done with. */
  readonly parts: readonly QuarantinedPart[];
  readonly codec: string;
  readonly codecVersion: number;
  readonly note: string;
}

/** Everything that a step of a replay changes, in one transaction. */
export interface ReplayCommit extends Omit<StoringCommit, 'cursor' | 'quarantined'> {
  readonly outcomes: readonly ReplayOutcome[];
  /** What was stored; of those that are not older than the newest value known, the newest values follow. */
  readonly latest: readonly LatestValue[];
  readonly at: Instant;
  /** Who had it done; undefined for a plan from before this was kept. */
  readonly by: string | undefined;
}

/** A replay writes down what it is about to do, as keep does, and a restart does exactly that first. */
export interface ReplayRows {
  /** The step that was begun and never committed, as it was planned. */
  replayPlan(): unknown;
  /** Puts a plan down before the store is touched. */
  planReplay(plan: object): Promise<void>;
  /** Numbers that no replay has had: the first of so many. */
  takeReplayNumbers(count: number): Promise<number>;
  /** Commits what came of the plan, and forgets it. */
  commitReplay(commit: ReplayCommit): Promise<void>;
}
