import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { theilSen } from '#science/statistics/theil-sen.ts';
import { agrees } from '#test/support/oracles/agrees.ts';
import { readVectors, vectorKind } from '#test/support/vectors.ts';

const Vector = vectorKind({
  input: z.strictObject({ x: z.array(z.number()), y: z.array(z.number()), confidence: z.number() }),
  expected: z.strictObject({ slope: z.number(), lower: z.number(), upper: z.number() }),
});
const { vectors } = readVectors('theil-sen', Vector);

const pointsOf = (xs: readonly number[], ys: readonly number[]) => xs.map((x, i) => ({ x, y: ys[i] ?? Number.NaN }));

test.for(vectors)('Theil–Sen vector $id', ({ input, expected, tolerance }) => {
  const result = theilSen(pointsOf(input.x, input.y), input.confidence);
  for (const name of ['slope', 'lower', 'upper'] as const) {
    const actual = result?.[name] ?? Number.NaN;
    expect(agrees(actual, expected[name], { absolute: tolerance, relative: 1e-9 }), `${name} ${actual}`).toBe(true);
  }
});

const MINUTES = [0, 5, 10, 15, 20, 25, 30];
const LEVELS = [1.8, 1.84, 1.91, 1.97, 2.02, 2.09, 2.15];
const inHours = (levels: readonly number[]) =>
  pointsOf(
    MINUTES.map((minutes) => minutes / 60),
    levels,
  );

describe('a rising river', () => {
  test('rises by 0.72 m/h, with 0.66 to 0.78', () => {
    const result = theilSen(inHours(LEVELS));
    expect(result?.slope).toBeCloseTo(0.72, 9);
    expect(result?.lower).toBeCloseTo(0.66, 9);
    expect(result?.upper).toBeCloseTo(0.78, 9);
    expect(result?.covers).toBe(true);
  });

  test('rises by the same with one spike among seven points, which stretches the interval', () => {
    const result = theilSen(inHours(LEVELS.with(5, 4.09)));
    expect(result?.slope).toBeCloseTo(0.72, 9);
    expect(result?.lower).toBeCloseTo(0.66, 9);
    expect(result?.upper).toBeCloseTo(6.75, 9);
  });
});

describe('too few points', () => {
  test('have no slope where none differ in x', () => {
    expect(theilSen([])).toBeUndefined();
    expect(theilSen(pointsOf([1], [2]))).toBeUndefined();
    expect(theilSen(pointsOf([1, 1, 1], [2, 3, 4]))).toBeUndefined();
  });

  test('have a slope, and no bound', () => {
    expect(theilSen(pointsOf([0, 6, 12], [20, 35, 50]))).toMatchObject({ slope: 2.5, covers: false });
    expect(theilSen(pointsOf([0, 1, 2, 3], [0, 1, 2, 3]))?.covers).toBe(false);
    expect(theilSen(pointsOf([0, 1, 2, 3, 4], [0, 1, 2, 3, 4]))?.covers).toBe(true);
  });
});

const small = fc.integer({ min: -1_000, max: 1_000 });
const cloud = fc.uniqueArray(fc.record({ x: small, y: small }), {
  minLength: 5,
  maxLength: 25,
  selector: ({ x }) => x,
});

describe('the slope', () => {
  test('lies inside its interval', () => {
    fc.assert(
      fc.property(cloud, (points) => {
        const result = theilSen(points);
        expect(result?.lower).toBeLessThanOrEqual(result?.slope ?? Number.NaN);
        expect(result?.upper).toBeGreaterThanOrEqual(result?.slope ?? Number.NaN);
      }),
    );
  });

  test('does not depend on the order of the points', () => {
    fc.assert(
      fc.property(cloud, (points) => {
        expect(theilSen(points.toReversed())).toEqual(theilSen(points));
      }),
    );
  });

  test('changes its sign with y, and turns the interval round', () => {
    fc.assert(
      fc.property(cloud, (points) => {
        const [up, down] = [theilSen(points), theilSen(points.map(({ x, y }) => ({ x, y: -y })))];
        expect(down?.slope).toBeCloseTo(-(up?.slope ?? Number.NaN), 9);
        if (up?.covers !== true) return;
        expect(down?.lower).toBeCloseTo(-up.upper, 9);
        expect(down?.upper).toBeCloseTo(-up.lower, 9);
      }),
    );
  });

  test('of a straight line stands whatever one point in five becomes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -9, max: 9 }),
        fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 4, maxLength: 4 }),
        (slope, wrong) => {
          const line = Array.from({ length: 20 }, (_, x) => ({ x, y: slope * x }));
          const points = line.map((point, i) => (i % 5 === 2 ? { ...point, y: wrong[(i - 2) / 5] ?? 0 } : point));
          expect(theilSen(points)?.slope).toBe(slope + 0);
        },
      ),
    );
  });
});
