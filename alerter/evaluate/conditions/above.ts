import type { Condition } from '#alerter/evaluate/condition.ts';

/** Raised at or above the upper level, cleared at or below the lower one. */
export const above: Condition = {
  name: 'above',
  side: (value, { raise, clear }) => {
    if (value >= raise) return 'raised';
    return value <= clear ? 'cleared' : 'between';
  },
  isSound: ({ raise, clear }) => clear < raise,
  clearOf: (raise, hysteresis) => raise - hysteresis,
};
