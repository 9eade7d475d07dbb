import type { Condition } from '#alerter/evaluate/condition.ts';
import { above } from './above.ts';
import { below } from './below.ts';

/** Every test that a rule may hold its values against. */
export const CONDITIONS: readonly Condition[] = [above, below];

const BY_NAME: Readonly<Record<Condition['name'], Condition>> = { above, below };

export const conditionNamed = (name: Condition['name']): Condition => BY_NAME[name];
