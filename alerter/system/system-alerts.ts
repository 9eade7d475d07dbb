import type { Evaluator } from '#alerter/evaluator.ts';
import { makeDeferred, type DeferredContext } from '#alerter/notify/deferred.ts';
import type { SystemRule } from './rules.ts';
import { type EvaluatedSystem, evaluateSystem } from './evaluate-system.ts';
import { CHANNEL_RULE } from '#alerter/notify/channel-health.ts';
import { resolveOrphans } from '#alerter/closing.ts';
import { whyGone } from '#alerter/evaluate/orphans.ts';
import { type Alert, type ClosingReason, hasEnded } from '#model/alerts/alert.ts';
import type { Registry } from '#model/registry/registry.ts';
import { type SystemProblem, SYSTEM, SYSTEM_FAMILY } from '#model/alerts/problem.ts';

/** Rows from which the system alerts continue after a start. */
export interface SystemAlertRows {
  registry(): Registry;
  standingAlerts(): readonly Alert[];
  deferredEnds(): readonly Alert[];
}

/** The alerts about the system itself, and the notifications that a silence has deferred. */
export interface SystemAlerts {
  /** Pending and firing alerts about the system. */
  standing(): readonly Alert[];
  /** Changes nothing until `committed`. */
  evaluate(
    problems: readonly SystemProblem[],
    isUnknown: (alert: Alert) => boolean,
    context: DeferredContext,
  ): EvaluatedSystem;
  /** Applies the alerts of `evaluate` after their commit. */
  committed(alerts: readonly Alert[]): void;
  /** Applies the alerts of a batch of readings after their commit. */
  readingsCommitted(alerts: readonly Alert[]): void;
}

const isOfSystem = ({ family }: Alert): boolean => family === SYSTEM_FAMILY;

/** The pending and firing alerts after these were changed. */
export const standingAfter = (standing: readonly Alert[], alerts: readonly Alert[]): readonly Alert[] => {
  const after = new Map([...standing, ...alerts].map((alert) => [alert.id, alert]));
  return [...after.values()].filter((alert) => !hasEnded(alert));
};

/** The reason why device, gateway or channel of an alert about the system is gone; undefined while it is there. */
const whySystemGone = (
  alert: Alert,
  { devices, gateways }: Registry,
  { channels, now }: DeferredContext,
): ClosingReason | undefined => {
  if (alert.device === '') return undefined;
  if (alert.station !== SYSTEM) return whyGone(alert, { devices }, now);
  if (alert.rule === CHANNEL_RULE) {
    return channels.some(({ name }) => name === alert.device) ? undefined : 'channel-removed';
  }
  if (alert.rule !== 'gateway-silent' && alert.rule !== 'identity-contested') return undefined;
  const gateway = gateways.get(alert.device);
  if (gateway === undefined) return 'device-removed';
  return gateway.revoked ? 'device-revoked' : undefined;
};

/** Continues with the alerts of the database. */
export const makeSystemAlerts = (
  rows: SystemAlertRows,
  rules: ReadonlyMap<string, SystemRule>,
  evaluator: Pick<Evaluator, 'nextId' | 'applyAlerts' | 'useIds' | 'standing' | 'orphans'>,
): SystemAlerts => {
  let standing: readonly Alert[] = rows.standingAlerts().filter(isOfSystem);
  const deferred = makeDeferred(rows.deferredEnds());
  return {
    standing: () => standing,
    evaluate: (problems, isUnknown, context) => {
      const { now } = context;
      const resolved = resolveOrphans(evaluator.orphans(now), now);
      const registry = rows.registry();
      const found = evaluateSystem(problems, standing, rules, {
        now,
        nextId: evaluator.nextId(),
        isUnknown,
        whyGone: (alert) => whySystemGone(alert, registry, context),
      });
      const touched = new Set([...resolved.alerts, ...found.alerts].map(({ id }) => id));
      const due = deferred.due([...evaluator.standing(), ...standing], context).filter(({ id }) => !touched.has(id));
      return {
        ...resolved,
        changes: [...resolved.changes, ...found.changes],
        alerts: [...resolved.alerts, ...found.alerts, ...due],
      };
    },
    committed: (alerts) => {
      standing = standingAfter(standing, alerts.filter(isOfSystem));
      evaluator.applyAlerts(alerts.filter((alert) => !isOfSystem(alert)));
      evaluator.useIds(Math.max(0, ...alerts.map(({ id }) => id)));
      deferred.committed(alerts);
    },
    readingsCommitted: (alerts) => deferred.committed(alerts),
  };
};
