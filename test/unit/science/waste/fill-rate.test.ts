import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currentCycle, type FillSample, findEmptyings, findFalls } from '#science/waste/emptyings.ts';
import { withoutFalseEchoes } from '#science/waste/false-echoes.ts';
import { FILL_RATE_SETTINGS, FULL, fillRate, timeToFull } from '#science/waste/fill-rate.ts';

const HOUR = 3_600_000;

const hourly = (...fills: readonly number[]): readonly FillSample[] => fills.map((fill, i) => ({ at: i * HOUR, fill }));

const everySix = (...fills: readonly number[]): readonly FillSample[] =>
  fills.map((fill, i) => ({ at: i * 6 * HOUR, fill }));

describe('an emptying', () => {
  test('is a drop of 25 points or more that ends below 30 % and holds', () => {
    const samples = hourly(70, 75, 80, 85, 90, 2, 3, 8);
    expect(findEmptyings(samples)).toEqual([{ kind: 'emptied', index: 5, at: 5 * HOUR, from: 90, to: 2, held: true }]);
  });

  test('may take several samples', () => {
    expect(findEmptyings(hourly(60, 38, 20, 21))).toMatchObject([{ index: 2, from: 60, to: 20 }]);
  });

  test('is not a smaller drop, one that ends higher, or one that does not hold', () => {
    expect(findEmptyings(hourly(50, 29, 29))).toEqual([]); // 21 points
    expect(findEmptyings(hourly(90, 30, 31))).toEqual([]); // ends at 30 %
    expect(findEmptyings(hourly(90, 5, 91))).toEqual([]); // came back
  });

  test('is uncertain until the next sample', () => {
    expect(findFalls(hourly(80, 90, 4))).toMatchObject([{ kind: 'emptied', held: undefined }]);
    expect(findEmptyings(hourly(80, 90, 4))).toEqual([]);
  });

  test('is not settling', () => {
    expect(findFalls(hourly(90, 85, 80, 75, 66, 60, 52, 44, 36, 28, 20))).toEqual([]);
  });

  test('is found wherever one was made', () => {
    const filling = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(filling, { minLength: 2, maxLength: 5 }), (cycles) => {
        const fills = cycles.flatMap((steps) => {
          let fill = 0;
          const cycle = steps.map((step) => (fill = Math.min(fill + step, 95)));
          return [0, ...cycle, Math.max(fill, 60)];
        });
        expect(findEmptyings(hourly(...fills))).toHaveLength(cycles.length - 1);
      }),
    );
  });
});

describe('the current cycle', () => {
  test('begins after the last emptying', () => {
    expect(currentCycle(hourly(70, 90, 2, 6, 9)).map(({ fill }) => fill)).toEqual([2, 6, 9]);
  });

  test('begins anew where part of the contents was taken out', () => {
    expect(currentCycle(hourly(50, 70, 55, 58)).map(({ fill }) => fill)).toEqual([55, 58]);
  });

  test('goes on over settling, and over a drop that came back', () => {
    expect(currentCycle(hourly(50, 70, 64, 66))).toHaveLength(4);
    expect(currentCycle(hourly(50, 70, 20, 71))).toHaveLength(4);
  });
});

describe('the rate of filling', () => {
  test('of 20, 35 and 50 % every six hours is 2.5 % an hour: 80 % in 12 h', () => {
    const samples = everySix(20, 35, 50);
    expect(fillRate(samples)?.slope).toBe(2.5);
    expect(timeToFull(samples)).toEqual({
      kind: 'forecast',
      rate: 2.5,
      hours: { expected: 12, earliest: undefined, latest: undefined },
    });
  });

  test('has bounds from five samples on', () => {
    const forecast = timeToFull(hourly(10, 15, 19, 26, 30, 35, 41));
    if (forecast.kind === 'none') throw new Error(forecast.reason);
    const { expected, earliest = Number.NaN, latest = Number.NaN } = forecast.hours;
    expect(earliest).toBeLessThan(expected);
    expect(latest).toBeGreaterThan(expected);
  });

  test('counts from the last emptying', () => {
    expect(fillRate(hourly(80, 90, 4, 9, 14, 19, 24, 29))?.slope).toBe(5);
  });

  test('is not changed by false echoes that are left out before', () => {
    const samples = hourly(75, 80, 90, 4, 9, 14, 100, 24, 29, 34, 100);
    expect(findEmptyings(samples)).toHaveLength(2); // the fall from the false echo looks like one
    const believed = withoutFalseEchoes(samples);
    expect(believed.map(({ fill }) => fill)).toEqual([75, 80, 90, 4, 9, 14, 24, 29, 34]);
    expect(findEmptyings(believed)).toHaveLength(1);
    expect(fillRate(believed)?.slope).toBe(5);
  });

  test('is the same of a thousand samples, of which it takes a part', () => {
    const minutes = Array.from({ length: 1_000 }, (_, i) => ({ at: i * 60_000, fill: i / 20 }));
    expect(fillRate(minutes)?.slope).toBeCloseTo(3, 9);
  });

  test.for([
    ['too-few-samples', []],
    ['too-few-samples', [20, 30]],
    ['too-few-samples', [20, 30, 40]], // two hours
    ['full', [60, 70, 75, FULL]],
    ['full', [80]],
    ['not-filling', [40, 40, 40, 40]],
    ['not-filling', [44, 42, 41, 40]],
  ] as const)('gives no forecast: %s of %j', ([reason, fills]) => {
    expect(timeToFull(hourly(...fills))).toMatchObject({ kind: 'none', reason });
  });

  test('has its expected time between its bounds', () => {
    const step = fc.integer({ min: -5, max: 9 });
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => {
        let fill = 30;
        const forecast = timeToFull(hourly(...steps.map((points) => (fill += points))));
        if (forecast.kind === 'none') return;
        const { expected, earliest = 0, latest = Number.POSITIVE_INFINITY } = forecast.hours;
        expect(forecast.rate).toBeGreaterThanOrEqual(FILL_RATE_SETTINGS.noiseFloor);
        expect(expected).toBeLessThanOrEqual(FILL_RATE_SETTINGS.horizonHours);
        expect(earliest).toBeLessThanOrEqual(expected);
        expect(latest).toBeGreaterThanOrEqual(expected);
      }),
    );
  });

  test('gives no forecast beyond two weeks', () => {
    const slow = (perHour: number) => everySix(...Array.from({ length: 9 }, (_, i) => 10 + 6 * i * perHour));
    expect(timeToFull(slow(0.1))).toMatchObject({ kind: 'none', reason: 'beyond-horizon' });
    expect(timeToFull(slow(0.3)).kind).toBe('forecast');
  });
});
