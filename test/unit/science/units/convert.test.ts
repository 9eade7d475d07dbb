import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type Gas, MOLAR_MASS, MOLAR_VOLUME } from '#science/air/gas.ts';
import { type GasInAir, unitConversion } from '#science/units/convert.ts';
import { isUcumCode } from '#science/units/ucum.ts';
import { agrees } from '#test/support/oracles/agrees.ts';
import { readVectors, vectorKind } from '#test/support/vectors.ts';

const Code = vectorKind({ input: z.strictObject({ unit: z.string() }), expected_error: z.literal('not a UCUM code') });
const Pair = z.strictObject({
  value: z.number(),
  from: z.string(),
  to: z.string(),
  gas: z.enum(['CO', 'NO2', 'O3', 'SO2']).optional(),
});
const Converted = vectorKind({ input: Pair, expected: z.number() });
const Refused = vectorKind({ input: Pair, expected_error: z.string() });
const { vectors, tolerance_relative: relative } = readVectors('units', z.union([Code, Converted, Refused]));

const inAir = (gas: Gas): GasInAir => ({ molarMass: MOLAR_MASS[gas], molarVolume: MOLAR_VOLUME });

const convert = (value: number, from: string, to: string, gas?: Gas): number => {
  const conversion = unitConversion(from, to, gas === undefined ? undefined : inAir(gas));
  if (conversion.kind === 'refused') throw new Error(`${conversion.reason}: ${conversion.code}`);
  return conversion.convert(value);
};

const refusalOf = (from: string, to: string): string | undefined => {
  const conversion = unitConversion(from, to);
  return conversion.kind === 'refused' ? `${conversion.reason}: ${conversion.code}` : undefined;
};

test.for(vectors)('unit vector $id', (vector) => {
  if ('expected' in vector) {
    const { value, from, to, gas } = vector.input;
    const result = convert(value, from, to, gas);
    expect(agrees(result, vector.expected, { relative }), `${result}`).toBe(true);
  } else if ('unit' in vector.input) {
    expect(isUcumCode(vector.input.unit)).toBe(false);
    expect(refusalOf(vector.input.unit, 'm')).toBe(`not a UCUM code: ${vector.input.unit}`);
  } else {
    const refusal = refusalOf(vector.input.from, vector.input.to);
    expect(refusal).toBeDefined();
    expect(refusal?.startsWith('not a UCUM code')).toBe(vector.expected_error === 'not a UCUM code');
  }
});

/** Checked by hand against the definitions of the units. */
test.for([
  [1, '[in_i]', 'mm', 25.4],
  [1, '[ft_i]', 'm', 0.3048],
  [1, '[mi_i]/h', 'm/s', 0.44704],
  [1, 'km/h', 'm/s', 1 / 3.6],
  [60, 'L/min', 'm3/h', 3.6],
  [1, '[gal_us]/min', 'L/s', 3.785411784 / 60],
  [32, '[degF]', 'Cel', 0],
  [300.15, 'K', 'Cel', 27],
  [536.67, '[degR]', 'Cel', 25],
  [27.41, 'Cel', 'K', 300.56],
  [100_520.31, 'Pa', 'hPa', 1_005.2031],
  [1, 'mbar', 'hPa', 1],
  [1, 'm[H2O]', 'hPa', 98.0665],
  [760, 'mm[Hg]', 'hPa', 1_013.2472],
  [0.8, '1', '%', 80],
  [400, 'umol/mol', '[ppm]', 400],
  [1, 'g/kg', '%', 0.1],
  [1_500, 'uS/cm', 'mS/cm', 1.5],
  [1, '[lb_av]', 'kg', 0.45359237],
  [1, 'kW.h', 'J', 3.6e6],
  [90, 'deg', 'rad', Math.PI / 2],
  [5, 'mg{N}/L', 'mg/L', 5],
  [3, 'B', 'dB', 30],
  [3, 'B[V]', 'V', 10 ** 1.5],
  [60, 'dB[uV]', 'mV', 1],
  [1_000, 'W', 'dB[W]', 30],
] as const)('%d %s in %s is %d', ([value, from, to, expected]) => {
  expect(agrees(convert(value, from, to), expected, { absolute: 1e-9, relative: 1e-12 })).toBe(true);
});

test('a result has no more digits than it needs', () => {
  expect(convert(1, '[in_i]', 'mm')).toBe(25.4);
  expect(convert(400, '[ppm]', '[ppb]')).toBe(400_000);
  expect(convert(240, 'L', 'm3')).toBe(0.24);
  expect(convert(-40, '[degF]', 'Cel')).toBe(-40);
  expect(convert(36, 'km/h', 'm/s')).toBe(10);
});

describe('a gas', () => {
  test.for([
    [40, '[ppb]', 'ug/m3', 'CO', 45.824294],
    [40, '[ppb]', 'ug/m3', 'O3', 78.524335],
    [0.9, '[ppm]', 'ug/m3', 'CO', 1_031.0466],
    [1, '[ppm]', 'mg/m3', 'CO', 1.145607],
    [100, 'umol/mol', 'mg/m3', 'NO2', 188.161554],
    [188.161554, 'ug/m3', '[ppb]', 'NO2', 100],
    [0.188161554, 'mg/m3', '[ppm]', 'NO2', 0.1],
  ] as const)('%d %s in %s of %s', ([value, from, to, gas, expected]) => {
    expect(convert(value, from, to, gas)).toBeCloseTo(expected, 3);
  });

  test('has no mass concentration where it is not named', () => {
    expect(refusalOf('[ppb]', 'ug/m3')).toBe('another dimension: [ppb]');
  });

  test('does not help where a unit is of another kind', () => {
    expect(() => convert(1, 'm', 'ug/m3', 'CO')).toThrow('another dimension');
  });
});

test('a code may have groups, powers, annotations and brackets', () => {
  const codes = [
    '(m)',
    'kg.m/(s2.A)',
    '/m',
    '10*-3',
    '10*6/L',
    'm[H2O]',
    '[m/s2/Hz^(1/2)]',
    '{tips}/h',
    '((m/s)/h)',
    "''",
  ];
  for (const code of codes) expect(isUcumCode(code), code).toBe(true);
});

describe('what is refused', () => {
  test.for([
    ['', 'm', 'not a UCUM code: '],
    [' mm', 'm', 'not a UCUM code:  mm'],
    ['mm ', 'm', 'not a UCUM code: mm '],
    ['m m', 'm', 'not a UCUM code: m m'],
    ['inch', 'm', 'not a UCUM code: inch'],
    ['CEL', 'K', 'not a UCUM code: CEL'],
    ['µg/m3', 'ug/m3', 'not a UCUM code: µg/m3'],
    ['ug/m³', 'ug/m3', 'not a UCUM code: ug/m³'],
    ['m', 'metre', 'not a UCUM code: metre'],
    ['()', 'm', 'not a UCUM code: ()'],
    ['(m', 'm', 'not a UCUM code: (m'],
    ['m..s', 'm', 'not a UCUM code: m..s'],
    ['toString', 'm', 'not a UCUM code: toString'],
    ['kconstructor/m', 'm', 'not a UCUM code: kconstructor/m'],
    ['2m', 'm', 'not a UCUM code: 2m'],
    ['mg/m^3', 'ug/m3', 'not a UCUM code: mg/m^3'],
    ['m', 's', 'another dimension: m'],
    ['kg', 'mol', 'another dimension: kg'],
    ['[iU]', 'mg', 'another dimension: [iU]'],
    ['[degRe]', 'Cel', 'another dimension: [degRe]'],
    ['%[slope]', 'deg', 'another dimension: %[slope]'],
    ['mg{N}/L', 'mg{NO3}/L', 'another annotation: mg{N}/L'],
  ] as const)('"%s" to "%s": %s', ([from, to, refusal]) => {
    expect(refusalOf(from, to)).toBe(refusal);
  });

  test('is quiet, whatever a stranger calls a unit', () => {
    const print = vi.spyOn(console, 'log');
    const atom = fc.constantFrom(
      'm',
      'Cel',
      '[in_i]',
      '{x}',
      '/',
      '.',
      '2',
      '-',
      '(',
      ')',
      '*',
      '%',
      ' ',
      "'",
      '[',
      '^',
      'µ',
    );
    const codes = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.array(atom, { maxLength: 30 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(codes, (code) => {
        const conversion = unitConversion(code, 'mm');
        if (conversion.kind === 'conversion') expect(conversion.convert(1)).not.toBeNaN();
      }),
      { numRuns: 2_000 },
    );
    expect(print).not.toHaveBeenCalled();
    print.mockRestore();
  });
});

const DIMENSIONS = [
  ['m', 'cm', 'mm', '[in_i]', '[ft_i]', 'km'],
  ['hPa', 'Pa', 'kPa', 'bar', 'atm', "[in_i'Hg]"],
  ['Cel', 'K', '[degF]'],
  ['m3/s', 'L/s', 'L/min', '[ft_i]3/s'],
  ['m/s', 'km/h', '[kn_i]', '[mi_i]/h', 'mm/h'],
  ['ug/m3', 'mg/m3', 'ng/L'],
  ['1', '%', '[ppm]', '[ppb]'],
] as const;

describe('any two units of one dimension', () => {
  const pair = fc
    .constantFrom(...DIMENSIONS)
    .chain((units) => fc.tuple(fc.constantFrom(...units), fc.constantFrom(...units)));

  test('give the value back', () => {
    fc.assert(
      fc.property(pair, fc.double({ min: -1e4, max: 1e4, noNaN: true }), ([from, to], value) => {
        expect(agrees(convert(convert(value, from, to), to, from), value, { absolute: 1e-6, relative: 1e-9 })).toBe(
          true,
        );
      }),
    );
  });

  test('keep the order of values', () => {
    fc.assert(
      fc.property(pair, fc.integer({ min: -1_000, max: 1_000 }), ([from, to], value) => {
        expect(convert(value + 1, from, to)).toBeGreaterThan(convert(value, from, to));
      }),
    );
  });
});
