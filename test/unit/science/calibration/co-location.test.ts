import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calibrated } from '#science/calibration/calibration.ts';
import { coLocation, type Pair } from '#science/calibration/co-location.ts';
import { lineFit } from '#science/statistics/line-fit.ts';

/** Anscombe's first data set (1973), whose figures are known. */
const ANSCOMBE = [
  [10, 8.04],
  [8, 6.95],
  [13, 7.58],
  [9, 8.81],
  [11, 8.33],
  [14, 9.96],
  [6, 7.24],
  [4, 4.26],
  [12, 10.84],
  [7, 4.82],
  [5, 5.68],
].map(([x = 0, y = 0]) => ({ x, y }));

describe('a line of least squares', () => {
  test('through the data of Anscombe is y = 3.0001 + 0.5001 x, R² 0.6665', () => {
    const fit = lineFit(ANSCOMBE);
    expect(fit?.slope).toBeCloseTo(0.5001, 4);
    expect(fit?.intercept).toBeCloseTo(3.0001, 4);
    expect(fit?.r2).toBeCloseTo(0.6665, 4);
    expect(fit?.slopeError).toBeCloseTo(0.1179, 4);
  });

  test('keeps its digits where the values are large', () => {
    const far = ANSCOMBE.map(({ x, y }) => ({ x: x + 1e8, y: y + 1e8 }));
    expect(lineFit(far)?.slope).toBeCloseTo(0.5001, 4);
    expect(lineFit(far)?.r2).toBeCloseTo(0.6665, 4);
  });

  test('needs three points that differ in x', () => {
    expect(lineFit(ANSCOMBE.slice(0, 2))).toBeUndefined();
    expect(lineFit(ANSCOMBE.map(({ y }) => ({ x: 5, y })))).toBeUndefined();
    expect(lineFit(ANSCOMBE.map(({ x }) => ({ x, y: 5 })))).toMatchObject({ slope: 0, intercept: 5, r2: 1 });
  });
});

const sensors = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 3, maxLength: 40 });

describe('a co-location', () => {
  test('of the worked example', () => {
    const pairs = [
      { sensor: 14, reference: 10 },
      { sensor: 26, reference: 20 },
      { sensor: 34, reference: 30 },
      { sensor: 48, reference: 40 },
      { sensor: 58, reference: 50 },
    ];
    const result = coLocation(pairs);
    expect(result?.count).toBe(5);
    expect(result?.line.slope).toBeCloseTo(1.1, 9);
    expect(result?.line.intercept).toBeCloseTo(3, 9);
    expect(result?.line.r2).toBeCloseTo(0.99507, 5);
    expect(result?.raw.bias).toBeCloseTo(6, 9);
    expect(result?.raw.rmse).toBeCloseTo(6.26099, 5);
    expect(result?.calibration.gain).toBeCloseTo(0.904605, 6);
    expect(result?.calibration.offset).toBeCloseTo(-2.565789, 6);
    expect(result?.corrected.bias).toBeCloseTo(0, 9);
    expect(result?.corrected.rmse).toBeCloseTo(0.9934, 5);
    expect(result?.range).toEqual([14, 58]);
  });

  test('does not exist of too few pairs, or where an instrument stands still', () => {
    const pair = { sensor: 1, reference: 2 };
    expect(coLocation([pair, { sensor: 2, reference: 3 }])).toBeUndefined();
    expect(coLocation([pair, pair, pair])).toBeUndefined();
    expect(coLocation([pair, { sensor: 2, reference: 3 }, { sensor: Number.NaN, reference: 4 }])).toBeUndefined();
  });

  test('gives back the line that a sensor errs by', () => {
    fc.assert(
      fc.property(
        sensors,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: -50, max: 50 }),
        (values, tenths, offset) => {
          const pairs = values.map((reference): Pair => ({ sensor: (tenths / 10) * reference + offset, reference }));
          const result = coLocation(pairs);
          if (result === undefined) throw new Error('the values vary');
          expect(result.line.r2).toBeCloseTo(1, 9);
          expect(result.corrected.rmse).toBeLessThan(1e-6);
          for (const { sensor, reference } of pairs) {
            expect(calibrated(result.calibration, sensor)).toBeCloseTo(reference, 6);
          }
        },
      ),
    );
  });

  test('never agrees less after its calibration, and has no bias left', () => {
    const noise = fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(sensors, noise, (values, errors) => {
        const result = coLocation(values.map((reference, i) => ({ sensor: reference + (errors[i] ?? 0), reference })));
        if (result === undefined) return;
        expect(result.corrected.rmse).toBeLessThanOrEqual(result.raw.rmse + 1e-9);
        expect(result.corrected.bias).toBeCloseTo(0, 6);
        expect(result.raw.rmse).toBeGreaterThanOrEqual(Math.abs(result.raw.bias) - 1e-9);
      }),
    );
  });
});
