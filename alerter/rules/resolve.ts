import type { Registry } from '#model/registry/registry.ts';
import type { Station } from '#model/registry/station.ts';
import { conditionNamed } from './conditions/index.ts';
import type { RuleLevel, ResolvedRule, Rule, RulesOf } from './rule.ts';

/** A rule that cannot be applied to a station, and why. */
export interface Misfit {
  readonly rule: string;
  readonly station: string;
  readonly reason: string;
}

export interface Resolved {
  readonly rules: RulesOf;
  readonly misfits: readonly Misfit[];
}

const levelAt = (level: RuleLevel, { attributes }: Station): number | string | undefined =>
  typeof level === 'number' ? level : Object.hasOwn(attributes, level) ? attributes[level] : undefined;

const notANumber = (level: RuleLevel, value: string): string => `its attribute ${level} is "${value}", not a number`;

/** The rule with numbers for levels; undefined where the station has no such attribute; a text where it misfits. */
const resolve = (rule: Rule, station: Station): ResolvedRule | string | undefined => {
  const condition = conditionNamed(rule.direction);
  const raise = levelAt(rule.raise, station);
  if (raise === undefined) return undefined;
  if (typeof raise === 'string') return notANumber(rule.raise, raise);
  const clear =
    'level' in rule.clear ? levelAt(rule.clear.level, station) : condition.clearOf(raise, rule.clear.hysteresis);
  if (typeof clear !== 'number') {
    const level = 'level' in rule.clear ? rule.clear.level : '';
    return clear === undefined ? `it has no attribute ${level}` : notANumber(level, clear);
  }
  const mistake = condition.mistakeIn({ raise, clear });
  if (mistake !== undefined) return mistake;
  const { stations: _, direction: __, ...rest } = rule;
  return { ...rest, condition, raise, clear };
};

const isMeant = (rule: Rule, station: Station): boolean =>
  rule.family === station.family && (rule.stations === undefined || rule.stations.includes(station.id));

/**
 * The rules of every station of the registry. A station without the attribute that a level is named for has no such
 * limit; where the levels are not usable, the rule is left out and reported as a misfit.
 */
export const resolveRules = (rules: readonly Rule[], { stations }: Registry): Resolved => {
  const resolved = new Map<string, Map<string, ResolvedRule[]>>();
  const misfits: Misfit[] = [];
  for (const station of stations.values()) {
    for (const rule of rules) {
      if (!isMeant(rule, station)) continue;
      const found = resolve(rule, station);
      if (typeof found === 'string') misfits.push({ rule: rule.id, station: station.id, reason: found });
      if (found === undefined || typeof found === 'string') continue;
      const ofStation = resolved.get(station.id) ?? new Map<string, ResolvedRule[]>();
      const ofProperty = ofStation.get(rule.property) ?? [];
      ofProperty.push(found);
      resolved.set(station.id, ofStation.set(rule.property, ofProperty));
    }
  }
  return { rules: resolved, misfits };
};
