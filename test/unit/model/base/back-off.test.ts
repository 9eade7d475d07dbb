import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backOff } from '#model/base/back-off.ts';
import { hours, milliseconds, minutes, seconds } from '#model/base/duration.ts';

const LIMITS = { first: milliseconds(250), longest: seconds(15), mostAsked: minutes(5) };
const nothing = { retryAfter: undefined };

describe('the back-off', () => {
  test('doubles with every failure up to its bound, and half of it is jitter', () => {
    const waits = (random: number) =>
      [1, 2, 3, 7, 8, 5_000].map((failures) => backOff(LIMITS, failures, nothing, () => random).ms);
    expect(waits(0)).toEqual([125, 250, 500, 7_500, 7_500, 7_500]);
    expect(waits(0.5)).toEqual([187.5, 375, 750, 11_250, 11_250, 11_250]);
  });

  test('waits at least as long as the other side asks for, and no longer than its bound for that', () => {
    expect(backOff(LIMITS, 1, { retryAfter: seconds(60) }, () => 0)).toEqual(seconds(60));
    expect(backOff(LIMITS, 1, { retryAfter: hours(24) }, () => 0)).toEqual(minutes(5));
    expect(backOff(LIMITS, 9, { retryAfter: seconds(1) }, () => 0)).toEqual(milliseconds(7_500));
  });

  test('is always between half of the first step and the larger of its bounds', () => {
    const anything = fc.tuple(fc.nat(10_000), fc.option(fc.nat(1e9)), fc.double({ min: 0, max: 0.999, noNaN: true }));
    fc.assert(
      fc.property(anything, ([failures, asked, random]) => {
        const retryAfter = asked === null ? undefined : milliseconds(asked);
        const { ms } = backOff(LIMITS, failures + 1, { retryAfter }, () => random);
        expect(ms).toBeGreaterThanOrEqual(125);
        expect(ms).toBeLessThanOrEqual(LIMITS.mostAsked.ms);
      }),
    );
  });
});
