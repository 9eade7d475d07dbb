import type { Duration } from '#model/base/duration.ts';
import type { Severity, Text } from '#model/readings/family.ts';
import type { Condition } from './condition.ts';
import type { ConditionName } from './conditions/index.ts';

/** A level in the unit of the property: a number, or the name of the station attribute that holds it. */
export type RuleLevel = number | string;

/** A rule: levels of one property of a family, at all of its stations or at some. */
export interface Rule {
  /** Also the last level of its topic: `[A-Za-z0-9][A-Za-z0-9_-]{0,62}`. */
  readonly id: string;
  readonly family: string;
  readonly property: string;
  /** Undefined for every station of the family. */
  readonly stations: readonly string[] | undefined;
  /** Condition that its values are tested by. */
  readonly direction: ConditionName;
  readonly raise: RuleLevel;
  /** Level at which the alert is over: a level of its own, or a distance from `raise`. */
  readonly clear: { readonly level: RuleLevel } | { readonly hysteresis: number };
  /** Time for which the condition must last before the alert fires, by the times of the observations. */
  readonly hold: Duration;
  readonly severity: Severity;
  readonly title: Text;
  /** Names of channels; undefined for all of them. */
  readonly channels: readonly string[] | undefined;
}

/** A rule at one station: its levels are numbers. */
export interface ResolvedRule extends Omit<Rule, 'direction' | 'raise' | 'clear' | 'stations'> {
  readonly condition: Condition;
  readonly raise: number;
  readonly clear: number;
}

/** Rules by station and by property, so that two look-ups give the rules for a reading. */
export type RulesOf = ReadonlyMap<string, ReadonlyMap<string, readonly ResolvedRule[]>>;
