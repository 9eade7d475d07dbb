import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { aqi } from '#science/air/aqi.ts';
import { nowCast } from '#science/air/nowcast.ts';
import { agrees } from '#test/support/oracles/agrees.ts';
import { readVectors, vectorKind } from '#test/support/vectors.ts';

const hours = z.array(z.number().nullable()).min(1);
/** Null stands for a series that gives no NowCast. */
const Vector = vectorKind({
  input: z.strictObject({ oldest_to_latest: hours }),
  expected: z
    .strictObject({
      w: z.number().nullable(),
      raw: z.number().nullable(),
      pm25: z.number().nullable().optional(),
      pm10: z.number().nullable().optional(),
      aqi: z.number().nullable(),
    })
    .nullable(),
});
const { vectors } = readVectors('nowcast', Vector);

test.for(vectors)('NowCast vector $id', ({ input, expected }) => {
  const pollutant = expected?.pm10 === undefined ? 'PM2.5' : 'PM10';
  const result = nowCast(input.oldest_to_latest, pollutant);
  if (expected === null || expected.raw === null || result === undefined) {
    expect(result).toBeUndefined();
    expect(expected?.raw ?? null).toBeNull();
    return;
  }
  expect(agrees(result.weight, expected.w ?? Number.NaN), `${result.weight}`).toBe(true);
  expect(agrees(result.exact, expected.raw), `${result.exact}`).toBe(true);
  expect(result.value).toBe(expected.pm25 ?? expected.pm10);
  expect(aqi(pollutant, result.value)?.index).toBe(expected.aqi);
});

const NINE = Array.from({ length: 9 }, () => null);
const times = (count: number, value: number): readonly number[] => Array.from({ length: count }, () => value);

/** Worked examples, oldest first: hours, weight, exact, PM2.5 and its index, PM10 and its index. */
const EXAMPLES = [
  [[34.9, 43, 50, 64.9, 69.2, 66.2, 53.7, 48.6, 49.2, 35, null, 21], 0.5, 28.409801, 28.4, 87, 28, 26],
  [times(12, 10), 1, 10, 10, 53, 10, 9],
  [[...times(11, 20), 100], 0.5, 60.009768, 60, 154, 60, 53],
  [[40, 42, 41, 43, 45, 44, 46, 48, 47, 49, 50, 50], 0.8, 47.63171, 47.6, 131, 47, 44],
  [[...NINE, 30, null, 40], 0.75, 36.4, 36.4, 103, 36, 33],
  [[...NINE, 30, 40, null], 0.75, 35.714286, 35.7, 101, 35, 32],
  [[...NINE, null, 30, 40], 0.75, 35.714286, 35.7, 101, 35, 32],
  [[30, ...NINE, 30, 40], 0.75, 35.579625, 35.5, 101, 35, 32],
  [[200, 180, 160, 140, 120, 100, 80, 60, 40, 30, 20, 10], 0.5, 21.196581, 21.1, 73, 21, 19],
  [[12, 15, 18, 22, 28, 35, 44, 55, 68, 80, 95, 110], 0.5, 95.883272, 95.8, 179, 95, 71],
  [[...times(11, 35.4), 35.5], 0.997183, 35.408463, 35.4, 100, 35, 32],
  [times(12, 0), 1, 0, 0, 0, 0, 0],
] as const;

test.for(EXAMPLES)(
  '%j has the weight %d and is %d µg/m³',
  ([series, weight, exact, fine, fineIndex, coarse, index]) => {
    const pm25 = nowCast(series, 'PM2.5');
    const pm10 = nowCast(series, 'PM10');
    expect(pm25?.weight).toBeCloseTo(weight, 6);
    expect(pm25?.exact).toBeCloseTo(exact, 6);
    expect(pm25?.value).toBe(fine);
    expect(pm10?.value).toBe(coarse);
    expect(aqi('PM2.5', pm25?.value ?? Number.NaN)?.index).toBe(fineIndex);
    expect(aqi('PM10', pm10?.value ?? Number.NaN)?.index).toBe(index);
  },
);

describe('a NowCast', () => {
  test.for([[[5, 6, 7, 8, 9, 10, 11, 12, 13, 14, null, null]], [[...NINE, null, null, 50]], [[50]], [[]]] as const)(
    'does not exist for %j',
    ([series]) => {
      expect(nowCast(series, 'PM2.5')).toBeUndefined();
    },
  );

  test('looks at no more than 12 hours', () => {
    expect(nowCast([900, ...times(12, 10)], 'PM2.5')).toEqual(nowCast(times(12, 10), 'PM2.5'));
  });

  test('counts negative hours as 0 and NaN as missing', () => {
    expect(nowCast([-2, 10], 'PM2.5')).toEqual(nowCast([0, 10], 'PM2.5'));
    expect(nowCast([Number.NaN, 8, 10], 'PM2.5')).toEqual(nowCast([null, 8, 10], 'PM2.5'));
  });

  test('lies between the lowest and the highest hour', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double({ min: 0, max: 1_000, noNaN: true })), { maxLength: 12 }), (series) => {
        const result = nowCast(series, 'PM2.5');
        if (result === undefined) return;
        const present = series.filter((mean) => mean !== null);
        expect(result.exact).toBeGreaterThanOrEqual(Math.min(...present) - 1e-9);
        expect(result.exact).toBeLessThanOrEqual(Math.max(...present) + 1e-9);
        expect(result.weight).toBeGreaterThanOrEqual(0.5);
        expect(result.weight).toBeLessThanOrEqual(1);
      }),
    );
  });
});
