import { isDeepStrictEqual } from 'node:util';
import type { SystemRule } from './rules.ts';
import type { Alert, AlertChange, AlertEvent, ClosingReason } from '#model/alerts/alert.ts';
import { type SystemProblem, SYSTEM_FAMILY } from '#model/alerts/problem.ts';
import { type Duration, minutes } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

/** What one look at the system changes. */
export interface EvaluatedSystem {
  readonly changes: readonly AlertChange[];
  /** Every alert that was touched, as it is now. */
  readonly alerts: readonly Alert[];
  /** Further lines of their history. */
  readonly events?: readonly AlertEvent[];
  /** What boards and the stream are told besides the changes. */
  readonly shown?: readonly AlertChange[];
}

const keyOf = ({ rule, station, device }: Pick<Alert, 'rule' | 'station' | 'device'>): string =>
  `${rule}\t${station}\t${device}`;

const begun = (condition: SystemProblem, rule: SystemRule, now: Instant, id: number): Alert => ({
  ...{ id, rule: rule.id, station: condition.station, device: condition.device },
  ...{ family: SYSTEM_FAMILY, property: rule.measure, severity: rule.severity, title: rule.title },
  ...{ channels: rule.channels, raise: 1, clear: 0, state: 'pending', value: condition.value },
  ...{ observedAt: now, trend: 'steady', anchor: { at: now, value: condition.value }, since: now },
  ...{ firedAt: undefined, resolvedAt: undefined, isTold: false, detail: condition.detail },
});

const held = (alert: Alert, rule: SystemRule, now: Instant): Alert => {
  if (alert.state !== 'pending') return alert;
  // the clock was set back: what lasted until then cannot be told, and waiting for that time again would take too long
  if (now < alert.since) return { ...alert, since: now };
  return now - alert.since >= rule.hold.ms ? { ...alert, state: 'firing', firedAt: now } : alert;
};

const seen = (alert: Alert, { value, detail }: SystemProblem, now: Instant): Alert => ({
  ...alert,
  value,
  detail,
  observedAt: now,
});

/** How often at most what an alert says is brought up to date while it stands. */
const REFRESHED: Duration = minutes(1);
/** A value that moved by less, of itself, is as good as the one that stands. */
const MOVED = 0.1;

const isOutdated = (alert: Alert, { value, detail }: SystemProblem, now: Instant): boolean =>
  Math.abs(now - alert.observedAt) >= REFRESHED.ms &&
  (!isDeepStrictEqual(alert.detail, detail) || Math.abs(value - alert.value) > MOVED * Math.abs(alert.value));

export interface SystemProbe {
  readonly now: Instant;
  readonly nextId: number;
  /** An alert of which it cannot be said now whether its condition holds: it stays as it is. */
  readonly isUndecided: (alert: Alert) => boolean;
  /** Why nobody can say any more whether the condition of an alert holds; undefined while somebody can. */
  readonly whyGone: (alert: Alert) => ClosingReason | undefined;
}

/**
 * Holds what is wrong now against the alerts that stand: what is new waits for its hold, what has lasted fires, what is
 * gone is over, and what nobody can tell of any more is closed. Pure; among the touched is also what says by now something else than it did: that is written down and told
 * to nobody again.
 */
export const evaluateSystem = (
  conditions: readonly SystemProblem[],
  standing: readonly Alert[],
  rules: ReadonlyMap<string, SystemRule>,
  { now, nextId, isUndecided, whyGone }: SystemProbe,
): EvaluatedSystem => {
  const alerts: Alert[] = [];
  const changes: AlertChange[] = [];
  const known = new Map(standing.map((alert) => [keyOf(alert), alert]));
  const holding = new Set(conditions.map(keyOf));
  let id = nextId;
  const change = (alert: Alert): void => {
    changes.push({ alert, receivedAt: now, sequence: 0 });
  };
  for (const condition of conditions) {
    const rule = rules.get(condition.rule);
    if (rule === undefined) continue;
    const before = known.get(keyOf(condition));
    if (before === undefined) {
      const alert = held(begun(condition, rule, now, id), rule, now);
      id += 1;
      alerts.push(alert);
      change(alert);
      continue;
    }
    const after = held(before, rule, now);
    if (after.state !== before.state) {
      const firing = seen(after, condition, now);
      alerts.push(firing);
      change(firing);
    } else if (after.since !== before.since) {
      alerts.push(after);
    } else if (after.state === 'firing' && isOutdated(after, condition, now)) {
      alerts.push(seen(after, condition, now));
    }
  }
  for (const alert of standing) {
    const reason = rules.has(alert.rule) ? whyGone(alert) : 'rule-removed';
    if (reason === undefined && (holding.has(keyOf(alert)) || isUndecided(alert))) continue;
    const ended: Alert =
      reason === undefined
        ? { ...alert, state: 'resolved', resolvedAt: now }
        : { ...alert, state: 'closed', closing: { at: now, reason } };
    alerts.push(ended);
    change(ended);
  }
  return { changes, alerts };
};
