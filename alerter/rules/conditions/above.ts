import type { Condition } from '#alerter/rules/condition.ts';

/** Raised at or above the upper level, cleared at or below the lower one. */
export const above: Condition<'above'> = {
  name: 'above',
  zone: (value, { raise, clear }) => {
    if (value >= raise) return 'raised';
    return value <= clear ? 'cleared' : 'between';
  },
  clearOf: (raise, hysteresis) => raise - hysteresis,
  mistakeIn: ({ raise, clear }) => (clear < raise ? undefined : `clear ${clear} must be below raise ${raise}`),
};
