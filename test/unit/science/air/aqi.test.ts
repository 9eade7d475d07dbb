import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AQI_2024, AQI_CATEGORIES, AQI_POLLUTANTS, type AqiPollutant, aqiCategory } from '#science/air/aqi-table.ts';
import { aqi, stationAqi } from '#science/air/aqi.ts';
import { readVectors, vectorKind } from '#test/support/vectors.ts';

const Expected = z.strictObject({
  aqi: z.number().nullable().optional(),
  aqi_extrapolated: z.number().optional(),
  beyond: z.boolean().optional(),
});
const inUnit = (unit: 'ug_m3' | 'ppm' | 'ppb', ...pollutants: readonly AqiPollutant[]) =>
  vectorKind({ input: z.strictObject({ pollutant: z.enum(pollutants), [unit]: z.number() }), expected: Expected });

/** Each pollutant in the unit of its scale; another unit is another kind of vector. */
const kinds = z.union([
  inUnit('ug_m3', 'PM2.5', 'PM10'),
  inUnit('ppm', 'O3 8h', 'O3 1h', 'CO 8h'),
  inUnit('ppb', 'SO2 1h', 'SO2 24h', 'NO2 1h'),
]);
const { vectors } = readVectors('aqi', kinds);

test.for(vectors)('AQI vector $id', ({ input, expected }) => {
  const { pollutant, ...amounts } = input;
  const [concentration = Number.NaN] = Object.values(amounts).map(Number);
  const result = aqi(z.enum(AQI_POLLUTANTS).parse(pollutant), concentration);
  if (expected.aqi !== undefined) expect(result?.index ?? null).toBe(expected.aqi);
  if (expected.aqi_extrapolated !== undefined) expect(result?.extrapolated).toBe(expected.aqi_extrapolated);
  expect(result?.beyond ?? false).toBe(expected.beyond ?? false);
});

/** Worked examples: pollutant, input, truncated, exact, index. */
const EXAMPLES = [
  ['PM2.5', 4.5, 4.5, 25, 25],
  ['PM2.5', 9.09, 9, 50, 50],
  ['PM2.5', 9.1, 9.1, 51, 51],
  ['PM2.5', 12, 12, 56.403, 56],
  ['PM2.5', 20, 20, 71.308, 71],
  ['PM2.5', 35.49, 35.4, 100, 100],
  ['PM2.5', 35.9, 35.9, 101.9849, 102],
  ['PM2.5', 50, 50, 136.7035, 137],
  ['PM2.5', 55.5, 55.5, 151, 151],
  ['PM2.5', 90, 90, 175.1845, 175],
  ['PM2.5', 150, 150, 225.2793, 225],
  ['PM2.5', 300, 300, 449.4034, 449],
  ['PM2.5', 325.4, 325.4, 500, 500],
  ['PM2.5', -5, 0, 0, 0],
  ['PM10', 54.9, 54, 50, 50],
  ['PM10', 100, 100, 73.2727, 73],
  ['PM10', 300, 300, 173.2727, 173],
  ['PM10', 425, 425, 301, 301],
  ['O3 8h', 0.0549, 0.054, 50, 50],
  ['O3 8h', 0.0785, 0.078, 125.5, 126],
  ['O3 8h', 0.087, 0.087, 153.5789, 154],
  ['O3 1h', 0.162, 0.162, 147.4872, 147],
  ['CO 8h', 4.49, 4.4, 50, 50],
  ['CO 8h', 7, 7, 76, 76],
  ['CO 8h', 10, 10, 109.4483, 109],
  ['SO2 1h', 50, 50, 68.5897, 69],
  ['SO2 1h', 140, 140, 129.7706, 130],
  ['NO2 1h', 200, 200, 119.7297, 120],
  ['NO2 1h', 700, 700, 209.2638, 209],
] as const;

test.for(EXAMPLES)('%s of %d is truncated to %d and gives %d, %d', ([pollutant, input, truncated, exact, index]) => {
  const result = aqi(pollutant, input);
  expect(result?.truncated).toBe(truncated);
  expect(result?.exact).toBeCloseTo(exact, 4);
  expect(result).toMatchObject({ index, extrapolated: index, beyond: false });
});

test.for([
  [325.5, 500.1992, 500],
  [400, 648.6026, 649],
  [1_000, 1_843.7978, 1_844],
] as const)('PM2.5 of %d µg/m³ is 500 and, extrapolated, %d', ([input, exact, extrapolated]) => {
  const result = aqi('PM2.5', input);
  expect(result?.exact).toBeCloseTo(exact, 4);
  expect(result).toMatchObject({ index: 500, extrapolated, beyond: true });
  expect(result?.category.word).toBe('Hazardous');
});

describe('where the scale gives no index', () => {
  test.for([
    ['O3 8h', 0.201],
    ['O3 1h', 0.124],
    ['SO2 24h', 304],
    ['PM2.5', Number.NaN],
    ['PM2.5', Number.POSITIVE_INFINITY],
  ] as const)('%s of %d has none', ([pollutant, value]) => {
    expect(aqi(pollutant, value)).toBeUndefined();
  });
});

describe('the index of a station', () => {
  test('is that of its worst pollutant', () => {
    expect(stationAqi({ 'PM2.5': 20, PM10: 100, 'NO2 1h': 20 })).toMatchObject({ pollutant: 'PM10', index: 73 });
  });

  test('takes the higher of both times of ozone', () => {
    expect(stationAqi({ 'O3 8h': 0.05, 'O3 1h': 0.162 })).toMatchObject({ pollutant: 'O3 1h', index: 147 });
    expect(stationAqi({ 'O3 8h': 0.201, 'O3 1h': 0.3 })).toMatchObject({ pollutant: 'O3 1h' });
  });

  test('stays at 200 for SO2 over an hour until the day has 305 ppb', () => {
    expect(stationAqi({ 'SO2 1h': 400, 'SO2 24h': 100 })).toMatchObject({ index: 200, beyond: false });
    expect(stationAqi({ 'SO2 1h': 400, 'SO2 24h': 305 })).toMatchObject({ pollutant: 'SO2 24h', index: 201 });
  });

  test('does not exist without a mean', () => {
    expect(stationAqi({})).toBeUndefined();
    expect(stationAqi({ 'O3 1h': 0.05 })).toBeUndefined();
  });
});

describe.for(AQI_POLLUTANTS)('the scale of %s', (pollutant) => {
  const { bands, decimals } = AQI_2024[pollutant];

  test('has bands that follow each other by one step of the truncation', () => {
    for (const [i, band] of bands.entries()) {
      expect(band.high).toBeGreaterThan(band.low);
      const before = bands[i - 1];
      if (before === undefined) continue;
      expect(band.low - before.high).toBeCloseTo(10 ** -decimals, 9);
      expect(band.indexLow - before.indexHigh).toBe(1);
    }
  });

  test('never gives a lower index for a higher concentration', () => {
    const top = 2 * (bands.at(-1)?.high ?? 0);
    const value = fc.double({ min: -1, max: top, noNaN: true });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [lower, higher] = [aqi(pollutant, Math.min(a, b)), aqi(pollutant, Math.max(a, b))];
        if (lower === undefined || higher === undefined) return;
        expect(higher.exact).toBeGreaterThanOrEqual(lower.exact);
        expect(higher.index).toBeGreaterThanOrEqual(lower.index);
      }),
    );
  });
});

test('the categories change where the bands do', () => {
  expect([50, 51, 100, 101, 150, 151, 200, 201, 300, 301].map((index) => aqiCategory(index).word)).toEqual(
    AQI_CATEGORIES.flatMap(({ word }) => [word, word]).slice(1, -1),
  );
});
