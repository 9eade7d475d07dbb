import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roundHalfUp, significant, truncate } from '#science/rounding.ts';

/** A decimal of up to three places, as digits: the binary float of it may lie on either side. */
const thousandths = fc.integer({ min: 0, max: 3_000_000 });

describe('roundHalfUp', () => {
  test.for([
    [99.5, 0, 100],
    [99.49999999999999, 0, 100],
    [99.499, 0, 99],
    [0.5, 0, 1],
    [2.345, 2, 2.35],
    [1.005, 2, 1.01],
    [29.999999999999996, 1, 30],
    [-0.5, 0, 0],
  ] as const)('of %d to %d decimals is %d', ([value, decimals, rounded]) => {
    expect(roundHalfUp(value, decimals)).toBe(rounded);
  });

  test('agrees with the arithmetic of the decimal digits', () => {
    fc.assert(
      fc.property(thousandths, (digits) => {
        expect(roundHalfUp(digits / 1_000, 2)).toBe(Math.floor((digits + 5) / 10) / 100);
      }),
    );
  });
});

describe('truncate', () => {
  test.for([
    [35.4, 1, 35.4],
    [35.49, 1, 35.4],
    [0.0549, 3, 0.054],
    [54.9, 0, 54],
    [8.7, 1, 8.7],
  ] as const)('cuts %d to %d decimals: %d', ([value, decimals, cut]) => {
    expect(truncate(value, decimals)).toBe(cut);
  });

  test('agrees with the arithmetic of the decimal digits', () => {
    fc.assert(
      fc.property(thousandths, (digits) => {
        expect(truncate(digits / 1_000, 1)).toBe(Math.floor(digits / 100) / 10);
      }),
    );
  });
});

describe('significant', () => {
  test.for([
    [98.804192, 98.8],
    [338.568505, 339],
    [6_506.63, 6_510],
    [0.012345, 0.0123],
    [-20.965, -21],
    [0, 0],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ] as const)('writes %d with three digits: %d', ([value, rounded]) => {
    expect(significant(value, 3)).toBe(rounded);
  });
});
