import { isDeepStrictEqual } from 'node:util';
import type { SystemRule } from './rules.ts';
import type { Alert, AlertChange, AlertEvent, ClosingReason } from '#model/alerts/alert.ts';
import { type SystemProblem, SYSTEM_FAMILY } from '#model/alerts/problem.ts';
import { type Duration, minutes } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

/** The changes of one evaluation of the system. */
export interface EvaluatedSystem {
  readonly changes: readonly AlertChange[];
  /** Each alert that was touched, in its new form. */
  readonly alerts: readonly Alert[];
  /** Further lines of their history. */
  readonly events?: readonly AlertEvent[];
  /** Changes for boards and the stream alone. */
  readonly shown?: readonly AlertChange[];
}

const keyOf = ({ rule, station, device }: Pick<Alert, 'rule' | 'station' | 'device'>): string =>
  `${rule}\t${station}\t${device}`;

const begin = (problem: SystemProblem, rule: SystemRule, now: Instant, id: number): Alert => ({
  id,
  rule: rule.id,
  station: problem.station,
  device: problem.device,
  family: SYSTEM_FAMILY,
  property: rule.measure,
  severity: rule.severity,
  title: rule.title,
  channels: rule.channels,
  raise: 1,
  clear: 0,
  state: 'pending',
  value: problem.value,
  observedAt: now,
  trend: 'steady',
  anchor: { at: now, value: problem.value },
  since: now,
  firedAt: undefined,
  resolvedAt: undefined,
  isNotified: false,
  detail: problem.detail,
});

const hold = (alert: Alert, rule: SystemRule, now: Instant): Alert => {
  if (alert.state !== 'pending') return alert;
  // the clock was set back: the hold begins again, because the time that has passed is not known
  if (now < alert.since) return { ...alert, since: now };
  return now - alert.since >= rule.hold.ms ? { ...alert, state: 'firing', firedAt: now } : alert;
};

const refresh = (alert: Alert, { value, detail }: SystemProblem, now: Instant): Alert => ({
  ...alert,
  value,
  detail,
  observedAt: now,
});

/** Shortest time between two updates of the text and the value of a firing alert. */
const REFRESH_INTERVAL: Duration = minutes(1);
/** Share by which a value has to move before it is updated. */
const MOVED = 0.1;

const isOutdated = (alert: Alert, { value, detail }: SystemProblem, now: Instant): boolean =>
  Math.abs(now - alert.observedAt) >= REFRESH_INTERVAL.ms &&
  (!isDeepStrictEqual(alert.detail, detail) || Math.abs(value - alert.value) > MOVED * Math.abs(alert.value));

export interface SystemEvaluationContext {
  readonly now: Instant;
  readonly nextId: number;
  /** True for an alert whose problem cannot be checked now: it stays as it is. */
  readonly isUnknown: (alert: Alert) => boolean;
  /** The reason why the problem of an alert can never be checked again; undefined while it can. */
  readonly whyGone: (alert: Alert) => ClosingReason | undefined;
}

/** An alert as it is when its problem holds; undefined where nothing of it changes. */
const raise = (before: Alert, problem: SystemProblem, rule: SystemRule, now: Instant): Alert | undefined => {
  const after = hold(before, rule, now);
  if (after.state !== before.state) return refresh(after, problem, now);
  if (after.since !== before.since) return after;
  return after.state === 'firing' && isOutdated(after, problem, now) ? refresh(after, problem, now) : undefined;
};

const end = (alert: Alert, reason: ClosingReason | undefined, now: Instant): Alert =>
  reason === undefined
    ? { ...alert, state: 'resolved', resolvedAt: now }
    : { ...alert, state: 'closed', closing: { at: now, reason } };

/**
 * Compares the problems of the moment with the standing alerts: a new problem waits for its hold, one that has lasted
 * fires, an alert without a problem is resolved, and one that cannot be checked any more is closed. Pure. Alerts whose
 * text or value has changed are returned too: they are saved, but not notified again.
 */
export const evaluateSystem = (
  problems: readonly SystemProblem[],
  standing: readonly Alert[],
  rules: ReadonlyMap<string, SystemRule>,
  { now, nextId, isUnknown, whyGone }: SystemEvaluationContext,
): EvaluatedSystem => {
  const alerts: Alert[] = [];
  const changes: AlertChange[] = [];
  const known = new Map(standing.map((alert) => [keyOf(alert), alert]));
  const holding = new Set(problems.map(keyOf));
  let id = nextId;
  const touch = (alert: Alert, isChange: boolean): void => {
    alerts.push(alert);
    if (isChange) changes.push({ alert, receivedAt: now, sequence: 0 });
  };
  for (const problem of problems) {
    const rule = rules.get(problem.rule);
    if (rule === undefined) continue;
    const before = known.get(keyOf(problem));
    if (before === undefined) {
      touch(hold(begin(problem, rule, now, id), rule, now), true);
      id += 1;
      continue;
    }
    const after = raise(before, problem, rule, now);
    if (after !== undefined) touch(after, after.state !== before.state);
  }
  for (const alert of standing) {
    const reason = rules.has(alert.rule) ? whyGone(alert) : 'rule-removed';
    if (reason === undefined && (holding.has(keyOf(alert)) || isUnknown(alert))) continue;
    touch(end(alert, reason, now), true);
  }
  return { changes, alerts };
};
