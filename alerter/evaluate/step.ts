import type { ResolvedRule } from '#alerter/rules/rule.ts';
import type { Alert, SeenEvidence } from '#model/alerts/alert.ts';
import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { trendOf } from './trend.ts';

/** A value that passed its checks, as evidence for a rule. */
export interface Evidence {
  readonly station: string;
  readonly device: string;
  readonly value: number;
  readonly at: Instant;
  /** The valid value before it; undefined where there is no recent one. */
  readonly before: SeenEvidence | undefined;
  /** Evidence that is further apart than this does not show that a condition lasted. */
  readonly gap: Duration;
}

/** A move of a tenth of the distance between the levels is more than noise. */
const TREND_BAND = 0.1;

const bandOf = ({ raise, clear }: ResolvedRule): number => Math.abs(raise - clear) * TREND_BAND;

/** Members of an alert that follow its rule. */
const termsOf = ({ severity, title, channels, raise, clear }: ResolvedRule) => ({
  severity,
  title,
  channels,
  raise,
  clear,
});

const begin = (rule: ResolvedRule, evidence: Evidence, id: number): Alert => {
  const { station, device, value, at, before } = evidence;
  const now = { at, value };
  const isHeld = rule.hold.ms > 0;
  const { trend, anchor } = trendOf({ trend: 'steady', anchor: before ?? now }, now, bandOf(rule));
  return {
    id,
    rule: rule.id,
    station,
    device,
    family: rule.family,
    property: rule.property,
    ...termsOf(rule),
    value,
    observedAt: at,
    trend,
    anchor,
    since: at,
    state: isHeld ? 'pending' : 'firing',
    firedAt: isHeld ? undefined : at,
    resolvedAt: undefined,
    isNotified: false,
  };
};

const follow = (alert: Alert, rule: ResolvedRule, { value, at }: Evidence): Alert => ({
  ...alert,
  ...termsOf(rule),
  value,
  observedAt: at,
  ...trendOf(alert, { at, value }, bandOf(rule)),
});

/** @param last time of the evidence before */
const hold = (alert: Alert, rule: ResolvedRule, { value, at, gap }: Evidence, last: Instant): Alert => {
  // evidence before the last one means that the clock was set back: the time that has passed is unknown
  if (at < last || at - last > gap.ms) return { ...alert, since: at };
  const isRaised = rule.condition.zone(value, rule) === 'raised';
  return isRaised && at - alert.since >= rule.hold.ms ? { ...alert, state: 'firing', firedAt: at } : alert;
};

/**
 * The alert after one piece of evidence; undefined while there is none. Inactive → pending → firing → resolved: a raised
 * value begins it, a cleared one ends it, and a value between the levels changes no state. The hold continues until a value
 * clears it, but only a raised value fires.
 * @param nextId gives the id of a new alert
 */
export const step = (
  alert: Alert | undefined,
  rule: ResolvedRule,
  evidence: Evidence,
  nextId: () => number,
): Alert | undefined => {
  const zone = rule.condition.zone(evidence.value, rule);
  if (alert === undefined) return zone === 'raised' ? begin(rule, evidence, nextId()) : undefined;
  const followed = follow(alert, rule, evidence);
  if (zone === 'cleared') return { ...followed, state: 'resolved', resolvedAt: evidence.at };
  return alert.state === 'pending' ? hold(followed, rule, evidence, alert.observedAt) : followed;
};
