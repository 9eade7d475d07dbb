import { evaluate, type Evaluation, type EvaluationContext } from './evaluate/evaluate.ts';
import { freshness } from './evaluate/evidence.ts';
import { type LoadedAlerts, loadAlertMemory, applyAlerts, standingIn } from './evaluate/alert-memory.ts';
import { type Orphan, orphans, whyGone } from './evaluate/orphans.ts';
import { resolveRules } from './rules/resolve.ts';
import type { Rule, RulesOf } from './rules/rule.ts';
import type { Alert } from '#model/alerts/alert.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';
import type { QualifiedColumns } from '#model/readings/columns.ts';
import type { Registry } from '#model/registry/registry.ts';

export interface EvaluatorDeps {
  readonly log: Log;
  readonly rules: readonly Rule[];
  readonly registry: () => Registry;
  /** Reads newest values and alerts from the operations database, as of the last committed batch. */
  readonly load: () => LoadedAlerts;
}

/** Evaluates the batches of the alerting reader against the rules. */
export interface Evaluator {
  /** Changes nothing until `apply`: a batch that could not be committed is evaluated again. */
  evaluate(readings: QualifiedColumns, now: Instant): Evaluation;
  /** Applies an evaluation after it was committed with these alerts. */
  apply(evaluation: Evaluation, alerts: readonly Alert[]): void;
  /** The next free id of an alert. */
  nextId(): number;
  /** Marks ids as used, up to this one. */
  useIds(through: number): void;
  /** Applies alerts that were committed outside a batch. */
  applyAlerts(alerts: readonly Alert[]): void;
  /** Pending and firing alerts, as of the last commit. */
  standing(): readonly Alert[];
  /** The standing alerts that no reading can end any more, because device, rule or station is gone. */
  orphans(now: Instant): readonly Orphan[];
}

export const makeEvaluator = ({ log, rules, registry, load }: EvaluatorDeps): Evaluator => {
  const resolve = (known: Registry): RulesOf => {
    const { rules: resolved, misfits } = resolveRules(rules, known);
    for (const misfit of misfits) log.warn('rule does not apply at a station', { ...misfit });
    return resolved;
  };
  let memory = loadAlertMemory(load());
  let known = registry();
  let inForce = resolve(known);

  /** A change of the registry may bring rules to series that had none: their newest values are read from the rows. */
  const follow = (): void => {
    const now = registry();
    if (now.revision === known.revision) return;
    known = now;
    inForce = resolve(known);
    memory = loadAlertMemory(load());
  };

  const contextAt = (now: Instant): EvaluationContext => ({
    rules: inForce,
    freshness: (device) => freshness(device, known),
    isThere: (place) => whyGone(place, known, now) === undefined,
  });

  return {
    evaluate: (readings, now) => {
      follow();
      return evaluate(readings, contextAt(now), memory);
    },
    apply: ({ series }, alerts) => {
      for (const [slot, known] of series) slot.known = known;
      applyAlerts(memory, alerts);
    },
    nextId: () => memory.nextId,
    useIds: (through) => {
      memory.nextId = Math.max(memory.nextId, through + 1);
    },
    applyAlerts: (alerts) => applyAlerts(memory, alerts),
    standing: () => standingIn(memory),
    orphans: (now) => {
      follow();
      return orphans(memory, { rules: inForce, registry: known, now });
    },
  };
};
