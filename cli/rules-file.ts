import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type RuleEntry, readRuleEntries } from '#alerter/rules/rules-file.ts';
import { Fault } from '#model/base/fault.ts';

/** Rules file when the settings name none; it need not exist. */
const DEFAULT_RULES_FILE = 'config/rules.yaml';

/**
 * The entries of the rules file.
 * @param path from the settings; `config/rules.yaml` when undefined, if it is there
 * @throws Fault `SETTING_INVALID` when it cannot be read or holds an invalid rule
 */
export const readRulesFile = (path: string | undefined): readonly RuleEntry[] => {
  const file = path ?? DEFAULT_RULES_FILE;
  if (path === undefined && !existsSync(file)) return [];
  return readRuleEntries(loadYaml(file));
};

/** The content of a YAML file. */
export const loadYaml = (file: string): unknown => {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('SETTING_INVALID', `${file} cannot be used: ${reason}`, { cause });
  }
};
