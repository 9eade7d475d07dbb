import type { Evaluator } from '#alerter/evaluator.ts';
import { makeDeferred, type DeferredInfo } from '#alerter/notify/deferred.ts';
import type { SystemRule } from './rules.ts';
import { type EvaluatedSystem, evaluateSystem } from './evaluate-system.ts';
import { CHANNEL_RULE } from '#alerter/notify/channel-health.ts';
import { resolveOrphans } from '#alerter/closing.ts';
import { whyGone } from '#alerter/evaluate/orphans.ts';
import { type Alert, type ClosingReason, hasEnded } from '#model/alerts/alert.ts';
import type { Registry } from '#model/registry/registry.ts';
import { type SystemProblem, SYSTEM, SYSTEM_FAMILY } from '#model/alerts/problem.ts';

export interface SystemAlertRows {
  registry(): Registry;
  standingAlerts(): readonly Alert[];
  untoldEnds(): readonly Alert[];
}

/** What happens to alerts between two batches: those about the system itself, and what a silence has kept from people. */
export interface SystemAlerts {
  /** Pending and firing alerts about the system. */
  standing(): readonly Alert[];
  /** Changes nothing until `committed`. */
  attend(
    conditions: readonly SystemProblem[],
    isUndecided: (alert: Alert) => boolean,
    moment: DeferredInfo,
  ): EvaluatedSystem;
  /** Alerts of a look as they were committed. */
  committed(alerts: readonly Alert[]): void;
  /** Alerts of a batch as they were committed. */
  evaluated(alerts: readonly Alert[]): void;
}

const isOfSystem = ({ family }: Alert): boolean => family === SYSTEM_FAMILY;

/** Pending and firing alerts as they are once these were changed. */
export const standingAfter = (standing: readonly Alert[], alerts: readonly Alert[]): readonly Alert[] => {
  const after = new Map([...standing, ...alerts].map((alert) => [alert.id, alert]));
  return [...after.values()].filter((alert) => !hasEnded(alert));
};

/** The reason why device, gateway or channel of an alert about the system is gone; undefined while it is there. */
const whySystemGone = (
  alert: Alert,
  { devices, gateways }: Registry,
  { channels, now }: DeferredInfo,
): ClosingReason | undefined => {
  if (alert.device === '') return undefined;
  if (alert.station !== SYSTEM) return whyGone(alert, { devices }, now);
  if (alert.rule === CHANNEL_RULE) {
    return channels.some(({ name }) => name === alert.device) ? undefined : 'channel-removed';
  }
  if (alert.rule !== 'gateway-silent') return undefined;
  const gateway = gateways.get(alert.device);
  if (gateway === undefined) return 'device-removed';
  return gateway.revoked ? 'device-revoked' : undefined;
};

/** Goes on with what stands in the database. */
export const makeSystemAlerts = (
  rows: SystemAlertRows,
  rules: ReadonlyMap<string, SystemRule>,
  evaluator: Pick<Evaluator, 'nextId' | 'take' | 'takeIds' | 'standing' | 'orphans'>,
): SystemAlerts => {
  let standing: readonly Alert[] = rows.standingAlerts().filter(isOfSystem);
  const untold = makeDeferred(rows.untoldEnds());
  return {
    standing: () => standing,
    attend: (conditions, isUndecided, moment) => {
      const { now } = moment;
      const resolved = resolveOrphans(evaluator.orphans(now), now);
      const known = rows.registry();
      const found = evaluateSystem(conditions, standing, rules, {
        ...{ now, nextId: evaluator.nextId(), isUndecided },
        whyGone: (alert) => whySystemGone(alert, known, moment),
      });
      const touched = new Set([...resolved.alerts, ...found.alerts].map(({ id }) => id));
      const due = untold.due([...evaluator.standing(), ...standing], moment).filter(({ id }) => !touched.has(id));
      return {
        ...resolved,
        changes: [...resolved.changes, ...found.changes],
        alerts: [...resolved.alerts, ...found.alerts, ...due],
      };
    },
    committed: (alerts) => {
      standing = standingAfter(standing, alerts.filter(isOfSystem));
      evaluator.take(alerts.filter((alert) => !isOfSystem(alert)));
      evaluator.takeIds(Math.max(0, ...alerts.map(({ id }) => id)));
      untold.committed(alerts);
    },
    evaluated: (alerts) => untold.committed(alerts),
  };
};
