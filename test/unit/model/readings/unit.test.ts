import { describe, expect, test } from 'vitest';
import { air } from '#model/families/air.ts';
import { UNIT_TEXT, conversion } from '#model/readings/unit.ts';

const convert = (value: number, from: string, to: string, molarMass?: number): number | undefined => {
  const way = conversion(from, to, molarMass);
  return way === undefined ? undefined : value * way.scale + way.offset;
};

describe('a conversion', () => {
  test.for([
    ['co', 1.1456],
    ['no2', 1.8816],
    ['o3', 1.9631],
    ['so2', 2.6203],
  ] as const)('of %s takes 1 ppb for %d µg/m³ at 25 °C (PP 22/2021, annex VII)', ([property, factor]) => {
    const { unit, molarMass } = air.properties[property];
    expect(convert(1, '[ppb]', unit, molarMass)).toBeCloseTo(factor, 3);
    expect(convert(1, '[ppm]', unit, molarMass)).toBeCloseTo(factor * 1_000, 0);
  });

  test.for([
    [1, 'mg/m3', 'ug/m3', 1_000],
    [101_325, 'Pa', 'hPa', 1_013.25],
    [101.325, 'kPa', 'hPa', 1_013.25],
    [152, 'cm', 'm', 1.52],
    [1_520, 'mm', 'm', 1.52],
    [1.2, 'cm', 'mm', 12],
    [0.012, 'm', 'mm', 12],
    [2_500, 'L/s', 'm3/s', 2.5],
    [36, 'km/h', 'm/s', 10],
    [3_910, 'mV', 'V', 3.91],
    [0.5, '1', '%', 50],
    [32, '[degF]', 'Cel', 0],
    [212, '[degF]', 'Cel', 100],
    [-40, '[degF]', 'Cel', -40],
  ] as const)('takes %d %s for the right amount of %s', ([value, from, to, expected]) => {
    expect(convert(value, from, to)).toBeCloseTo(expected, 9);
  });

  test('leaves a value that is in the unit already', () => {
    for (const unit of Object.keys(UNIT_TEXT)) expect(convert(7.25, unit, unit)).toBe(7.25);
  });

  test('is refused where there is no way', () => {
    expect(conversion('[ppb]', 'ug/m3')).toBeUndefined();
    expect(conversion('[ppb]', 'mg/m3', 28)).toBeUndefined();
    expect(conversion('m', 'Cel')).toBeUndefined();
    expect(conversion('hPa', 'Pa')).toBeUndefined();
    expect(conversion('furlong', 'm')).toBeUndefined();
    expect(conversion('constructor', 'm')).toBeUndefined();
  });
});
