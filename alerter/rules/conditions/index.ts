import type { Condition } from '#alerter/rules/condition.ts';
import { above } from './above.ts';
import { below } from './below.ts';

/** Conditions that a rule can name as its `direction`, by name. A new one is an import and an entry here. */
const BY_NAME = { above, below };

export type ConditionName = keyof typeof BY_NAME;

export const CONDITIONS = Object.values(BY_NAME);

export const CONDITION_NAMES: readonly ConditionName[] = CONDITIONS.map(({ name }) => name);

export const conditionNamed = (name: ConditionName): Condition => BY_NAME[name];
