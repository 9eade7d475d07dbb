import type { StoringCommit } from './storing.ts';
import type { QuarantinedPart } from '#model/readings/quarantined-packet.ts';
import type { LatestValue } from './alerting.ts';
import type { Instant } from '#model/base/instant.ts';

/** Result of a replay of one packet of the quarantine. */
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
  /** The stored values; those that are not older than the newest known value become the newest values. */
  readonly latest: readonly LatestValue[];
  readonly at: Instant;
  /** The person who started it. */
  readonly by: string | undefined;
}

/** A replay writes its plan down first, as the storing reader does; a restart completes exactly that plan. */
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
