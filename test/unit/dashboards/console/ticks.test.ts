import { expect, test } from 'vitest';
import { decimalsOf } from '#dashboards/console/chart/ticks.ts';

test.for([
  [2.5, 1],
  [5, 0],
  [0.25, 2],
  [0.5, 1],
  [0.1, 1],
  [20, 0],
  [0.025, 3],
] as const)('ticks at a step of %s have %s decimals, so that each stands at its number', ([step, decimals]) => {
  expect(decimalsOf(step)).toBe(decimals);
});
