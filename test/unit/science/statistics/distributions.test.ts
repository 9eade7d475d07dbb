import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gammaDistribution, logGamma } from '#science/statistics/gamma.ts';
import { median } from '#science/statistics/median.ts';
import { normalQuantile } from '#science/statistics/normal-quantile.ts';

describe('the quantile of the normal distribution', () => {
  test.for([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.965, 1.8119106729525978],
    [0.995, 2.5758293035489004],
    [0.0001, -3.71901648545568],
    [1e-20, -9.26234008979841],
  ] as const)('of %d is %d', ([probability, quantile]) => {
    expect(normalQuantile(probability)).toBeCloseTo(quantile, 12);
  });

  test('is odd about a half, and does not exist outside 0…1', () => {
    for (const p of [0.01, 0.07, 0.2, 0.4]) expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 12);
    for (const p of [0, 1, -1, Number.NaN]) expect(normalQuantile(p)).toBeNaN();
  });
});

describe('the gamma function', () => {
  test.for([
    [1, 0],
    [2, 0],
    [5, Math.log(24)],
    [0.5, Math.log(Math.sqrt(Math.PI))],
    [4.5, 2.453736570842442],
    [100, 359.1342053695754],
    [0.1, 2.252712651734206],
  ] as const)('of %d has the logarithm %d', ([z, log]) => {
    expect(logGamma(z)).toBeCloseTo(log, 10);
  });
});

describe('the gamma distribution', () => {
  test('is exponential for the shape 1', () => {
    for (const x of [0.01, 0.5, 1, 3, 20]) expect(gammaDistribution(1, x)).toBeCloseTo(1 - Math.exp(-x), 13);
  });

  test('rises from 0 to 1', () => {
    const shape = fc.double({ min: 0.2, max: 30, noNaN: true });
    const x = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(shape, x, x, (a, first, second) => {
        const [lower, higher] = [Math.min(first, second), Math.max(first, second)];
        expect(gammaDistribution(a, lower)).toBeGreaterThanOrEqual(0);
        expect(gammaDistribution(a, higher)).toBeLessThanOrEqual(1 + 1e-12);
        expect(gammaDistribution(a, higher)).toBeGreaterThanOrEqual(gammaDistribution(a, lower) - 1e-12);
      }),
    );
    expect(gammaDistribution(3, -1)).toBe(0);
  });
});

test('the median of an even number is the mean of the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([10, 2, 9])).toBe(9);
  expect(median([])).toBeNaN();
});
