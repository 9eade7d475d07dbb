import type { Condition } from '#alerter/evaluate/condition.ts';

/** Raised at or below the lower level, cleared at or above the upper one. */
export const below: Condition = {
  name: 'below',
  side: (value, { raise, clear }) => {
    if (value <= raise) return 'raised';
    return value >= clear ? 'cleared' : 'between';
  },
  isSound: ({ raise, clear }) => clear > raise,
  clearOf: (raise, hysteresis) => raise + hysteresis,
};
