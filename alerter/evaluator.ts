import { evaluate, type Evaluation, type EvaluationContext, type EvaluatedReadings } from './evaluate/evaluate.ts';
import { freshness } from './evaluate/evidence.ts';
import { type LoadedAlerts, loadAlertMemory, applyAlerts, standingIn } from './evaluate/alert-memory.ts';
import { type Orphan, orphans, whyGone } from './evaluate/orphans.ts';
import { resolveRules } from './rules/resolve.ts';
import type { Rule, RulesOf } from './rules/rule.ts';
import type { Alert } from '#model/alerts/alert.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';
import type { Registry } from '#model/registry/registry.ts';

export interface EvaluatorDeps {
  readonly log: Log;
  readonly rules: readonly Rule[];
  readonly registry: () => Registry;
  /** What the operations database knows, as of the last committed batch. */
  readonly recall: () => LoadedAlerts;
}

/** The rules at work on the batches of watch. */
export interface Evaluator {
  /** Changes nothing until `remember`: a batch that could not be committed is evaluated again. */
  evaluate(observations: Iterable<EvaluatedReadings>, now: Instant): Evaluation;
  /** Takes an evaluation over, once it is committed with these alerts. */
  remember(evaluation: Evaluation, alerts: readonly Alert[]): void;
  /** The next id that no alert has, and taking so many of them. */
  nextId(): number;
  takeIds(through: number): void;
  /** Takes over standing alerts as they were committed outside a batch. */
  take(alerts: readonly Alert[]): void;
  /** Pending and firing alerts, of the last commit. */
  standing(): readonly Alert[];
  /** Those of them that no reading can end any more, because device, rule or station is gone. */
  orphans(now: Instant): readonly Orphan[];
}

export const makeEvaluator = ({ log, rules, registry, recall }: EvaluatorDeps): Evaluator => {
  const resolve = (known: Registry): RulesOf => {
    const { rules: resolved, misfits } = resolveRules(rules, known);
    for (const misfit of misfits) log.warn('rule left out at a station', { ...misfit });
    return resolved;
  };
  let memory = loadAlertMemory(recall());
  let known = registry();
  let inForce = resolve(known);

  /** A change of the registry may bring rules to series that were not watched: what is known of them is in the rows. */
  const follow = (): void => {
    const now = registry();
    if (now.revision === known.revision) return;
    known = now;
    inForce = resolve(known);
    memory = loadAlertMemory(recall());
  };

  const groundAt = (now: Instant): EvaluationContext => ({
    rules: inForce,
    freshness: (device) => freshness(device, known),
    isThere: (place) => whyGone(place, known, now) === undefined,
  });

  return {
    evaluate: (observations, now) => {
      follow();
      return evaluate(observations, groundAt(now), memory);
    },
    remember: ({ series }, alerts) => {
      for (const [slot, known] of series) slot.known = known;
      applyAlerts(memory, alerts);
    },
    nextId: () => memory.nextId,
    takeIds: (through) => {
      memory.nextId = Math.max(memory.nextId, through + 1);
    },
    take: (alerts) => applyAlerts(memory, alerts),
    standing: () => standingIn(memory),
    orphans: (now) => {
      follow();
      return orphans(memory, { rules: inForce, registry: known, now });
    },
  };
};
