import { expect, test } from 'vitest';
import { isNeighbour, medianDeviation, neighbourFlag } from '#science/quality/neighbours.ts';

const TOWN = { latitude: -7.39, longitude: 109.36, height: 60 };
const NEAR = { latitude: -7.4, longitude: 109.45, height: 250 };
const SLOPE = { latitude: -7.25, longitude: 109.25, height: 1_100 };
const FAR = { latitude: -7.9, longitude: 110.4, height: 60 };

test.for([
  [NEAR, true],
  [SLOPE, false],
  [FAR, false],
] as const)('%j is a neighbour of the town: %s', ([place, expected]) => {
  expect(isNeighbour(TOWN, place, { radius: 25_000 })).toBe(expected);
});

test('the median absolute deviation leaves missing values out', () => {
  expect(medianDeviation([1, 1, 2, 2, 4, 6, 9])).toBe(1);
  expect(medianDeviation([Number.NaN, 1, 3])).toBe(1);
  expect(medianDeviation([])).toBeNaN();
});

const LIMITS = { factor: 5 };

test.for([
  ['agrees with three neighbours', 40, [38, 41, 44], 3, 1],
  ['deviates by the limit exactly', 56, [38, 41, 44], 3, 1],
  ['deviates by more', 56.1, [38, 41, 44], 3, 3],
  ['deviates without limit, and never fails', 5_000, [38, 41, 44], 3, 3],
  ['has two neighbours only', 400, [38, 41], 3, 2],
  ['has a third neighbour that is missing', 400, [38, 41, Number.NaN], 3, 2],
  ['has no usual deviation yet', 400, [38, 41, 44], Number.NaN, 2],
  ['is missing', Number.NaN, [38, 41, 44], 3, 9],
] as const)('a value that %s', ([, value, neighbours, deviation, flag]) => {
  expect(neighbourFlag(value, neighbours, deviation, LIMITS)).toBe(flag);
});
