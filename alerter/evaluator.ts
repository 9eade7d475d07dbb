import { evaluate, type Evaluation, type Ground, type Observed } from './evaluate/evaluate.ts';
import { freshness } from './evaluate/evidence.ts';
import { type Recalled, recallMemory, rememberAlerts, standingIn } from './evaluate/memory.ts';
import { orphans } from './evaluate/orphans.ts';
import { resolveRules } from './resolve.ts';
import type { Rule } from './rule.ts';
import type { Alert, AlertChange } from '#model/alert.ts';
import type { Instant } from '#model/instant.ts';
import type { Log } from '#model/log.ts';
import type { Registry } from '#model/registry.ts';

export interface EvaluatorDeps {
  readonly log: Log;
  readonly rules: readonly Rule[];
  readonly registry: () => Registry;
  /** What the operations database knows, as of the last committed batch. */
  readonly recall: () => Recalled;
}

/** The rules at work on the batches of watch. */
export interface Evaluator {
  /** Changes nothing until `remember`: a batch that could not be committed is evaluated again. */
  evaluate(observations: Iterable<Observed>, at: { readonly now: Instant; readonly sequence: number }): Evaluation;
  /** Takes an evaluation over, once it is committed with these alerts. */
  remember(evaluation: Evaluation, alerts: readonly Alert[]): void;
  /** The next id that no alert has, and taking so many of them. */
  nextId(): number;
  takeIds(through: number): void;
  /** Takes over standing alerts as they were committed outside a batch. */
  take(alerts: readonly Alert[]): void;
  /** Pending and firing alerts, of the last commit. */
  standing(): readonly Alert[];
}

const over = (alert: Alert, now: Instant): Alert => ({ ...alert, state: 'resolved', resolvedAt: now });

export const makeEvaluator = ({ log, rules, registry, recall }: EvaluatorDeps): Evaluator => {
  const groundOf = (known: Registry): Ground => {
    const { rules: resolved, misfits } = resolveRules(rules, known);
    for (const misfit of misfits) log.warn('rule left out at a station', { ...misfit });
    return { rules: resolved, freshness: (device) => freshness(device, known) };
  };
  let memory = recallMemory(recall());
  let known = registry();
  let ground = groundOf(known);
  let lost = orphans(memory, ground.rules);

  /** A change of the registry may bring rules to series that were not watched: what is known of them is in the rows. */
  const follow = (): void => {
    const now = registry();
    if (now.revision === known.revision) return;
    known = now;
    ground = groundOf(known);
    memory = recallMemory(recall());
    lost = orphans(memory, ground.rules);
  };

  return {
    evaluate: (observations, { now, sequence }) => {
      follow();
      const found = evaluate(observations, ground, memory);
      if (lost.length === 0) return found;
      const ended = lost.map((alert) => over(alert, now));
      const changes = ended.map((alert): AlertChange => ({ alert, receivedAt: now, sequence }));
      return { ...found, changes: [...changes, ...found.changes], alerts: [...ended, ...found.alerts] };
    },
    remember: ({ series }, alerts) => {
      for (const [slot, known] of series) slot.known = known;
      rememberAlerts(memory, alerts);
      lost = lost.filter((alert) => !alerts.some(({ id }) => id === alert.id));
    },
    nextId: () => memory.nextId,
    takeIds: (through) => {
      memory.nextId = Math.max(memory.nextId, through + 1);
    },
    take: (alerts) => rememberAlerts(memory, alerts),
    standing: () => standingIn(memory),
  };
};
