import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planOf, spanMs, windowsOver } from '#dashboards/console/chart/plan.ts';
import { days, hours } from '#model/base/duration.ts';

const from = 1_795_489_200_000;

describe('planOf', () => {
  test('asks for every value where a screen can show them', () => {
    expect(planOf({ from, to: from + hours(1).ms }, 5_000)).toEqual({ kind: 'raw' });
    expect(planOf({ from, to: from + days(1).ms }, 60_000)).toEqual({ kind: 'raw' });
  });

  test('asks for wider windows, the longer the stretch', () => {
    expect(planOf({ from, to: from + days(1).ms }, 5_000)).toEqual({ kind: 'windows', interval: '2m' });
    expect(planOf({ from, to: from + days(7).ms }, 60_000)).toEqual({ kind: 'windows', interval: '15m' });
    expect(planOf({ from, to: from + days(365).ms }, 60_000)).toEqual({ kind: 'windows', interval: '12h' });
  });

  test('never asks for more than a page of the API holds, up to ten years', () => {
    const span = fc.integer({ min: 1_000, max: days(3_650).ms });
    fc.assert(
      fc.property(span, fc.integer({ min: 1_000, max: hours(1).ms }), (ms, every) => {
        const plan = planOf({ from, to: from + ms }, every);
        const points = ms / (plan.kind === 'raw' ? every : spanMs(plan.interval));
        expect(points).toBeLessThanOrEqual(1_500);
        expect(ms / spanMs(windowsOver({ from, to: from + ms }).interval)).toBeLessThanOrEqual(750);
      }),
    );
  });
});
