import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { durationSetting } from '#model/base/setting.ts';
import { SEVERITIES } from '#model/readings/family.ts';
import { STATION_ID } from '#model/registry/names.ts';
import { CONDITION_NAMES } from './conditions/index.ts';

/** Rules and stations share one grammar: both are levels of a topic. */
const Name = z.string().regex(STATION_ID, 'letters, digits, "-" and "_", at most 63 of them');
const RuleLevel = z.union([z.number(), z.string().min(1)], { error: 'a number or the name of a station attribute' });

/** One entry of `rules.yaml`: a rule of a family by its id with what is to be otherwise, or a rule of its own. */
const RuleEntry = z.strictObject({
  id: Name,
  enabled: z.boolean().exactOptional(),
  family: z.string().exactOptional(),
  property: z.string().exactOptional(),
  stations: z.array(Name).min(1).exactOptional(),
  direction: z.enum(CONDITION_NAMES).exactOptional(),
  raise: RuleLevel.exactOptional(),
  clear: RuleLevel.exactOptional(),
  hysteresis: z.number().positive().exactOptional(),
  hold: durationSetting.exactOptional(),
  severity: z.enum(SEVERITIES).exactOptional(),
  title: z.strictObject({ id: z.string().min(1), en: z.string().min(1) }).exactOptional(),
  channels: z.array(z.string()).exactOptional(),
});
export type RuleEntry = z.infer<typeof RuleEntry>;

const RulesFile = z.strictObject({ rules: z.array(RuleEntry).prefault([]) });

const EXAMPLES: Readonly<Record<string, string>> = {
  rules: 'rules: [{ id: waspada, hold: 10m }]',
  id: 'id: waspada',
  enabled: 'enabled: false',
  family: 'family: river',
  property: 'property: stage',
  stations: 'stations: [PBG-R03]',
  direction: `direction: above, of ${CONDITION_NAMES.join(', ')}`,
  raise: 'raise: 2.5, or raise: waspada for the attribute of that name',
  clear: 'clear: 2.4',
  hysteresis: 'hysteresis: 0.1',
  hold: 'hold: 5m',
  severity: `severity: severe, of ${SEVERITIES.join(', ')}`,
  title: 'title: { id: Waspada banjir, en: Flood watch }',
  channels: 'channels: [webhook, email]',
};

/** A mistake in `rules.yaml`: which entry and key, what was given, how it could look. */
export const ruleMistake = (where: string, given: unknown, why: string, key: string): Fault =>
  new Fault(
    'SETTING_INVALID',
    `rules.yaml: "${where}" is ${JSON.stringify(given) ?? 'missing'}: ${why}; for example ${EXAMPLES[key] ?? EXAMPLES['rules']}`,
  );

const memberOf = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === String(key))?.[1]
    : undefined;

const nameOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

/**
 * Reads what `rules.yaml` holds, as YAML gave it; nothing at all is no mistake.
 * @throws Fault `SETTING_INVALID` naming the entry and the key, what was given and an example
 */
export const readRuleEntries = (document: unknown): readonly RuleEntry[] => {
  const read = RulesFile.safeParse(document ?? {});
  if (read.success) return read.data.rules;
  const [issue] = read.error.issues;
  if (issue === undefined) throw read.error;
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  const why =
    issue.code === 'unrecognized_keys'
      ? `no such key; known are ${Object.keys(EXAMPLES).slice(1).join(', ')}`
      : issue.message;
  const key = path.findLast((part) => typeof part === 'string' && Object.hasOwn(EXAMPLES, part));
  throw ruleMistake(nameOf(path), path.reduce(memberOf, document), why, String(key));
};
