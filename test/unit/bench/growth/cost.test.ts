import { describe, expect, test } from 'vitest';
import { costFigures, growsFasterThanLogarithm, growthNote } from '#bench/growth/cost.ts';

const series = (costs: readonly number[], noise = 1) => ({
  name: 'ingest',
  unit: 'µs/msg',
  of: 'devices',
  noise,
  points: costs.map((cost, i) => ({ size: 10 ** (i + 1), cost })),
});

describe('the growth of a cost', () => {
  test.each([
    ['a constant', [10, 10, 10, 10], false],
    ['the logarithm', [10, 14, 18, 22], false],
    ['the size', [10, 13, 40, 310], true],
    ['a step that the first tenfold size already had', [10, 30, 32, 34], false],
    ['the root of the size', [10, 20, 52, 150], true],
    ['a difference below the noise', [0.1, 0.1, 0.1, 0.9], false],
  ])('%s', (_name, costs, isFaster) => {
    expect(growsFasterThanLogarithm(series(costs))).toBe(isFaster);
  });

  test('is named in one sentence', () => {
    expect(growthNote([series([10, 10, 10])])).toBe('no cost grows faster than the logarithm of the size');
    expect(growthNote([series([10, 10, 10]), series([1, 10, 100])])).toBe(
      'faster than the logarithm of the size: ingest (by devices)',
    );
  });

  test('has a figure for each size', () => {
    expect(costFigures({ ...series([3]), points: [{ size: 100_000_000, cost: 3 }] })).toEqual([
      { name: 'ingest, 100 million devices', value: 3, unit: 'µs/msg' },
    ]);
  });
});
