import { minutes } from '#model/base/duration.ts';
import { FAMILIES, familyNamed } from '#model/families/index.ts';
import type { Family, Limit } from '#model/readings/family.ts';
import { conditionNamed } from './conditions/index.ts';
import { SYSTEM_RULE_IDS } from '#alerter/system/rules.ts';
import type { Rule } from './rule.ts';
import { type RuleEntry, ruleMistake } from './rules-file.ts';

const ruleOf = (family: Family, limit: Limit): Rule => ({
  id: limit.name,
  family: family.name,
  property: limit.property,
  stations: undefined,
  direction: limit.direction,
  raise: limit.raise,
  clear: { hysteresis: limit.hysteresis },
  hold: minutes(limit.holdMinutes),
  severity: limit.severity,
  title: limit.title,
  channels: undefined,
});

/** The default rules of all families; no two share an id. */
export const DEFAULT_RULES: readonly Rule[] = FAMILIES.flatMap((family) =>
  family.limits.map((limit) => ruleOf(family, limit)),
);

const required = <T>({ id }: RuleEntry, key: string, value: T | undefined): T => {
  if (value !== undefined) return value;
  const known = DEFAULT_RULES.map((rule) => rule.id).join(', ');
  throw ruleMistake(`${id}.${key}`, value, `a rule of its own needs it (the default rules are ${known})`, key);
};

const clearOf = (entry: RuleEntry): Rule['clear'] | undefined => {
  if (entry.clear !== undefined && entry.hysteresis !== undefined) {
    throw ruleMistake(`${entry.id}.clear`, entry.clear, 'give clear or hysteresis, not both', 'clear');
  }
  if (entry.clear !== undefined) return { level: entry.clear };
  return entry.hysteresis === undefined ? undefined : { hysteresis: entry.hysteresis };
};

const added = (entry: RuleEntry): Rule => ({
  id: entry.id,
  family: required(entry, 'family', entry.family),
  property: required(entry, 'property', entry.property),
  stations: entry.stations,
  direction: entry.direction ?? 'above',
  raise: required(entry, 'raise', entry.raise),
  clear: clearOf(entry) ?? { hysteresis: required(entry, 'hysteresis', entry.hysteresis) },
  hold: entry.hold ?? minutes(0),
  severity: required(entry, 'severity', entry.severity),
  title: required(entry, 'title', entry.title),
  channels: entry.channels,
});

const changed = (rule: Rule, entry: RuleEntry): Rule => ({
  ...rule,
  stations: entry.stations ?? rule.stations,
  raise: entry.raise ?? rule.raise,
  clear: clearOf(entry) ?? rule.clear,
  hold: entry.hold ?? rule.hold,
  severity: entry.severity ?? rule.severity,
  title: entry.title ?? rule.title,
  channels: entry.channels ?? rule.channels,
  direction: entry.direction ?? rule.direction,
});

/** An entry for a default rule may not change its family or property. */
const checkSame = (rule: Rule, entry: RuleEntry): void => {
  for (const key of ['family', 'property'] as const) {
    if (entry[key] !== undefined && entry[key] !== rule[key]) {
      throw ruleMistake(
        `${entry.id}.${key}`,
        entry[key],
        `the default rule ${rule.id} is for ${rule[key]}; give yours another id`,
        'id',
      );
    }
  }
};

const check = (rule: Rule): void => {
  const family = familyNamed(rule.family);
  if (family === undefined) {
    throw ruleMistake(
      `${rule.id}.family`,
      rule.family,
      `known are ${FAMILIES.map(({ name }) => name).join(', ')}`,
      'family',
    );
  }
  const known = Object.keys(family.properties);
  if (!known.includes(rule.property)) {
    throw ruleMistake(`${rule.id}.property`, rule.property, `${rule.family} has ${known.join(', ')}`, 'property');
  }
  const clear = 'level' in rule.clear ? rule.clear.level : undefined;
  if (typeof rule.raise !== 'number' || typeof clear !== 'number') return;
  const mistake = conditionNamed(rule.direction).mistakeIn({ raise: rule.raise, clear });
  if (mistake !== undefined) throw ruleMistake(`${rule.id}.clear`, clear, mistake, 'clear');
};

/**
 * The rules in force: those of the families, and what the entries of `rules.yaml` change, switch off and add.
 * @throws Fault `SETTING_INVALID` naming the entry and the key, what was given and an example
 */
export const makeRules = (entries: readonly RuleEntry[]): readonly Rule[] => {
  const rules = new Map(DEFAULT_RULES.map((rule) => [rule.id, rule]));
  const seen = new Set<string>();
  for (const entry of entries) {
    if (seen.has(entry.id)) throw ruleMistake(`${entry.id}.id`, entry.id, 'it stands twice in the file', 'id');
    seen.add(entry.id);
    if (SYSTEM_RULE_IDS.includes(entry.id)) continue;
    const known = rules.get(entry.id);
    if (known !== undefined) checkSame(known, entry);
    const rule = known === undefined ? added(entry) : changed(known, entry);
    check(rule);
    if (entry.enabled === false) rules.delete(entry.id);
    else rules.set(rule.id, rule);
  }
  return [...rules.values()];
};
