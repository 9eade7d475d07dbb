import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aloneIn, openGaps } from '#dashboards/console/chart/gaps.ts';

describe('openGaps', () => {
  test('puts a break between two values that lie further apart than the limit, and nowhere else', () => {
    expect(openGaps([0, 60, 270, 481, 500], [1, 2, 3, 4, 5], 210)).toEqual({
      times: [0, 60, 270, 375.5, 481, 500],
      values: [1, 2, 3, null, 4, 5],
    });
    expect(openGaps([], [], 210)).toEqual({ times: [], values: [] });
  });

  test('keeps every value, in order, and breaks exactly the long gaps', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.double({ noNaN: true })));
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 100 }), (drawn, longest) => {
        const times = drawn.map((_, i) => drawn.slice(0, i + 1).reduce((sum, [step]) => sum + step, 0));
        const values = drawn.map(([, value]) => value);
        const points = openGaps(times, values, longest);
        expect(points.values.filter((value) => value !== null)).toEqual(values);
        expect(points.times).toEqual(points.times.toSorted((a, b) => a - b));
        expect(points.values.filter((value) => value === null).length).toBe(
          drawn.slice(1).filter(([step]) => step > longest).length,
        );
      }),
    );
  });
});

describe('aloneIn', () => {
  test('finds what stands between two breaks, whatever other lines have beside it', () => {
    expect(aloneIn([1, null, 2, undefined, 3, null, undefined, 4, undefined, null, 5])).toEqual([0, 7, 10]);
    expect(aloneIn([undefined, 1, undefined])).toEqual([1]);
    expect(aloneIn([1, 2])).toEqual([]);
    expect(aloneIn([null, undefined])).toEqual([]);
  });
});
