import type { Condition } from '#alerter/rules/condition.ts';

/** Raised at or below the lower level, cleared at or above the upper one. */
export const below: Condition<'below'> = {
  name: 'below',
  zone: (value, { raise, clear }) => {
    if (value <= raise) return 'raised';
    return value >= clear ? 'cleared' : 'between';
  },
  clearOf: (raise, hysteresis) => raise + hysteresis,
  mistakeIn: ({ raise, clear }) => (clear > raise ? undefined : `clear ${clear} must be above raise ${raise}`),
};
