import type { Evaluator } from './evaluator.ts';
import { makeUntold, type Moment } from './untold.ts';
import type { SystemRule } from './vigil/rules.ts';
import { type Attended, attend } from './vigil/step.ts';
import type { Alert } from '#model/alert.ts';
import { type Condition, SYSTEM_FAMILY } from '#model/condition.ts';

export interface AttentionRows {
  standingAlerts(): readonly Alert[];
  untoldEnds(): readonly Alert[];
}

/** What happens to alerts between two batches: those about the system itself, and what a silence has kept from people. */
export interface Attention {
  /** Pending and firing alerts about the system. */
  standing(): readonly Alert[];
  /** Changes nothing until `committed`. */
  attend(conditions: readonly Condition[], isUndecided: (alert: Alert) => boolean, moment: Moment): Attended;
  /** Alerts of a look as they were committed. */
  committed(alerts: readonly Alert[]): void;
  /** Alerts of a batch as they were committed. */
  evaluated(alerts: readonly Alert[]): void;
}

const isOfSystem = ({ family }: Alert): boolean => family === SYSTEM_FAMILY;

/** Pending and firing alerts as they are once these were changed. */
export const standingAfter = (standing: readonly Alert[], alerts: readonly Alert[]): readonly Alert[] => {
  const after = new Map([...standing, ...alerts].map((alert) => [alert.id, alert]));
  return [...after.values()].filter(({ state }) => state !== 'resolved');
};

/** Goes on with what stands in the database. */
export const makeAttention = (
  rows: AttentionRows,
  rules: ReadonlyMap<string, SystemRule>,
  evaluator: Pick<Evaluator, 'nextId' | 'take' | 'takeIds' | 'standing'>,
): Attention => {
  let standing: readonly Alert[] = rows.standingAlerts().filter(isOfSystem);
  const untold = makeUntold(rows.untoldEnds());
  return {
    standing: () => standing,
    attend: (conditions, isUndecided, moment) => {
      const { now } = moment;
      const found = attend(conditions, standing, rules, { now, nextId: evaluator.nextId(), isUndecided });
      const touched = new Set(found.alerts.map(({ id }) => id));
      const due = untold.due([...evaluator.standing(), ...standing], moment).filter(({ id }) => !touched.has(id));
      return { changes: found.changes, alerts: [...found.alerts, ...due] };
    },
    committed: (alerts) => {
      standing = standingAfter(standing, alerts.filter(isOfSystem));
      // an end that was told late says nothing of what its series has come to since
      evaluator.take(alerts.filter((alert) => !isOfSystem(alert) && alert.state !== 'resolved'));
      evaluator.takeIds(Math.max(0, ...alerts.map(({ id }) => id)));
      untold.committed(alerts);
    },
    evaluated: (alerts) => untold.committed(alerts),
  };
};
