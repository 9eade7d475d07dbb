import type { RulesOf } from '#alerter/rule.ts';
import type { Alert } from '#model/alert.ts';
import { type Memory, standingIn } from './memory.ts';

/** Alerts that are not over, but whose rule no longer watches their station: nothing could ever end them. */
export const orphans = (memory: Memory, rules: RulesOf): readonly Alert[] =>
  standingIn(memory).filter(
    ({ station, property, rule }) =>
      rules
        .get(station)
        ?.get(property)
        ?.some(({ id }) => id === rule) !== true,
  );
