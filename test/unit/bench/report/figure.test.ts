import { describe, expect, test } from 'vitest';
import { isMet, median, ofRounds, slopePerHour } from '#bench/report/figure.ts';

describe('a figure', () => {
  test('is the median of its rounds, with the lowest and the highest value', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(ofRounds('rate', 'msg/s', [30, 10, 20])).toMatchObject({ value: 20, spread: [10, 30] });
  });

  test('meets its target at or above atLeast, and at or below atMost', () => {
    const figure = { name: 'a', unit: 's', value: 5 };
    expect(
      [{ atLeast: 5 }, { atLeast: 6 }, { atMost: 5 }, { atMost: 4 }, {}].map((hold) => isMet({ ...figure, ...hold })),
    ).toEqual([true, false, true, false, undefined]);
  });

  test('has the slope of its regression line per hour', () => {
    const points = [0, 1, 2, 3].map((minute) => ({ atMs: minute * 60_000, value: 100 + minute * 2 }));
    expect(slopePerHour(points)).toBeCloseTo(120);
    expect(slopePerHour([{ atMs: 0, value: 7 }])).toBe(0);
  });
});
