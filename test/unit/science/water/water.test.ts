import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ika } from '#science/water/ika.ts';
import {
  oxygenSaturation,
  pollutionIndex,
  WATER_STATUS,
  WATER_STATUS_IDS,
  waterStatus,
} from '#science/water/pollution-index.ts';
import {
  failsOf,
  PP_22_2021_RIVER,
  WATER_CLASSES,
  WATER_PARAMETERS,
  waterClassOf,
  waterSpan,
} from '#science/water/quality-classes.ts';
import { isUcumCode } from '#science/units/ucum.ts';

const SAMPLE = { ph: 7.5, dissolved_oxygen: 6, tss: 25, bod: 6, cod: 20 };

describe('the class of a sample', () => {
  test('is the strictest whose limits it meets', () => {
    expect(waterClassOf(SAMPLE)).toBe(3);
    expect(failsOf(SAMPLE, 2)).toEqual(['bod']);
    expect(failsOf(SAMPLE, 1)).toEqual(['bod', 'cod']);
    expect(waterClassOf({ ph: 7, dissolved_oxygen: 6, tss: 40 })).toBe(1);
  });

  test('does not exist where none is met, or nothing was measured', () => {
    expect(waterClassOf({ ph: 5.9 })).toBeUndefined();
    expect(waterClassOf({ dissolved_oxygen: 0.5 })).toBeUndefined();
    expect(waterClassOf({})).toBeUndefined();
    expect(waterClassOf({ ph: Number.NaN })).toBeUndefined();
  });

  test('has limits that never become stricter', () => {
    for (const parameter of WATER_PARAMETERS) {
      for (const waterClass of WATER_CLASSES.slice(1)) {
        const before = waterSpan(parameter, WATER_CLASSES[waterClass - 2] ?? 1);
        const span = waterSpan(parameter, waterClass);
        expect(span?.most ?? Infinity).toBeGreaterThanOrEqual(before?.most ?? Infinity);
        expect(span?.least ?? -Infinity).toBeLessThanOrEqual(before?.least ?? -Infinity);
      }
      expect(isUcumCode(PP_22_2021_RIVER[parameter].unit)).toBe(true);
    }
  });
});

describe('the pollution index', () => {
  const saturation = 8;

  test('of the worked example is 1.873: lightly polluted for class 2', () => {
    const result = pollutionIndex(SAMPLE, 2, saturation);
    expect(result?.ratios).toEqual({
      ph: 0,
      dissolved_oxygen: 0.5,
      tss: 0.5,
      bod: expect.closeTo(2.50515, 5),
      cod: 0.8,
    });
    expect(result?.index).toBeCloseTo(1.873, 3);
    expect(result?.status).toBe('light');
  });

  test('is 1 where every parameter is at its limit', () => {
    const limits = { ph: 9, dissolved_oxygen: 4, tss: 50, bod: 3, cod: 25, nitrate_n: 10, total_phosphorus: 0.2 };
    expect(pollutionIndex(limits, 2, saturation)?.index).toBeCloseTo(1, 12);
    expect(pollutionIndex({ ph: 6 }, 2, saturation)?.index).toBeCloseTo(1, 12);
  });

  test('takes ten times a limit as a ratio of 6, and oxygen above saturation as none', () => {
    expect(pollutionIndex({ tss: 500 }, 2, saturation)?.ratios).toEqual({ tss: 6 });
    expect(pollutionIndex({ dissolved_oxygen: 9 }, 2, saturation)?.ratios).toEqual({ dissolved_oxygen: 0 });
  });

  test('leaves out what has no limit, or no figure', () => {
    expect(pollutionIndex({ total_phosphorus: 5 }, 4, saturation)).toBeUndefined();
    expect(pollutionIndex({ bod: Number.NaN }, 2, saturation)).toBeUndefined();
    expect(pollutionIndex({ dissolved_oxygen: 3 }, 1, 5.5)).toBeUndefined(); // saturated below the limit
  });

  test('never falls where one parameter gets worse', () => {
    const amount = fc.double({ min: 0, max: 300, noNaN: true });
    fc.assert(
      fc.property(amount, amount, amount, (bod, more, tss) => {
        const [better, worse] = [bod, bod + more].map((value) => pollutionIndex({ bod: value, tss }, 2, saturation));
        expect(worse?.index).toBeGreaterThanOrEqual((better?.index ?? Number.NaN) - 1e-9);
      }),
    );
  });

  test('has four statuses, and an edge belongs to the better one', () => {
    expect([0, 1, 1.01, 5, 5.01, 10, 10.01].map(waterStatus)).toEqual([
      'good',
      'good',
      'light',
      'light',
      'moderate',
      'moderate',
      'heavy',
    ]);
    for (const id of WATER_STATUS_IDS) expect(WATER_STATUS[id].words.id).not.toBe('');
  });
});

test('saturated water holds less oxygen when it is warm', () => {
  expect(oxygenSaturation(0)).toBeCloseTo(14.652, 3);
  expect(oxygenSaturation(25)).toBeCloseTo(8.176, 3);
  for (let celsius = 0; celsius < 35; celsius += 1) {
    expect(oxygenSaturation(celsius + 1)).toBeLessThan(oxygenSaturation(celsius));
  }
});

describe('IKA', () => {
  test('is the mean of what the status of each sample counts for', () => {
    expect(ika([0.8, 1.873, 6, 12])).toBe(40);
    expect(ika([0.5, 0.9])).toBe(70);
    expect(ika([Number.NaN, 3])).toBe(50);
    expect(ika([])).toBeUndefined();
  });
});
