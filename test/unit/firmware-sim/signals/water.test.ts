import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dischargeAt, type Rating, stageAt } from '#firmware-sim/signals/rating.ts';
import { createCascade } from '#firmware-sim/signals/reservoir.ts';
import { hours } from '#model/base/duration.ts';

describe('a linear reservoir', () => {
  test('fills and empties as the closed form says (k = 2 h, step 0.5 h, inflow 10 for four steps)', () => {
    const pass = createCascade(1, hours(2), hours(0.5));
    const outflow = [10, 10, 10, 10, 0, 0, 0, 0].map(pass);
    const expected = [2.212, 3.9347, 5.2763, 6.3212, 4.923, 3.834, 2.9859, 2.3254];
    outflow.forEach((q, i) => expect(q).toBeCloseTo(expected[i] ?? 0, 4));
  });

  test('gives back in the end what it took, however many stand in a row', () => {
    for (const count of [1, 2, 3]) {
      const pass = createCascade(count, hours(1.5), hours(1 / 6));
      const total = Array.from({ length: 1_000 }, (_, i) => pass(i < 6 ? 30 : 0)).reduce((a, b) => a + b, 0);
      expect(total).toBeCloseTo(180, 6);
    }
  });
});

describe('a rating curve', () => {
  const metric: Rating = { a: 35, h0: 0.2, b: 1.7 };

  test.for([
    [0.1, 0],
    [0.5, 4.52],
    [1, 23.951],
    [1.5, 54.673],
    [2, 95.067],
    [3, 201.482],
    [4, 338.61],
  ] as const)('gives at %f m the discharge %f m³/s', ([stage, discharge]) => {
    expect(dischargeAt(metric, stage)).toBeCloseTo(discharge, 3);
  });

  test.for([
    [10, 0.6786],
    [100, 2.0544],
    [400, 4.3913],
  ] as const)('gives at %f m³/s the stage %f m', ([discharge, stage]) => {
    expect(stageAt(metric, discharge)).toBeCloseTo(stage, 4);
  });

  // USGS station 12334510, feet and cubic feet per second
  test.for([
    [{ a: 67.149676, h0: 3.4, b: 2.793353 }, 4.24, 41.26],
    [{ a: 67.149676, h0: 3.4, b: 2.793353 }, 5, 249.588],
    [{ a: 67.149676, h0: 3.4, b: 2.793353 }, 6.05, 1021.69],
    [{ a: 122.126387, h0: 3.6, b: 2.370478 }, 6.05, 1021.69],
    [{ a: 122.126387, h0: 3.6, b: 2.370478 }, 7, 2221.614],
    [{ a: 122.126387, h0: 3.6, b: 2.370478 }, 8.95, 6506.63],
  ] as const)('follows a measured one: %o at %f', ([rating, stage, discharge]) => {
    expect(dischargeAt(rating, stage) / discharge).toBeCloseTo(1, 5);
  });

  test('is undone by its inverse', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.21, max: 12, noNaN: true }), (stage) => {
        expect(stageAt(metric, dischargeAt(metric, stage))).toBeCloseTo(stage, 6);
      }),
    );
  });
});
