import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AIR_LIMITS, compareWithLimit, PP_22_2021, WHO_2021 } from '#science/air/limits.ts';

describe('a mean against a limit', () => {
  test('is above it only when it is higher', () => {
    expect(compareWithLimit(PP_22_2021, 'PM2.5', '24 h', 55)).toMatchObject({ exceeded: false, ratio: 1 });
    expect(compareWithLimit(PP_22_2021, 'PM2.5', '24 h', 55.1)).toMatchObject({ exceeded: true });
    expect(compareWithLimit(PP_22_2021, 'PM10', '24 h', 100)?.ratio).toBeCloseTo(1.333, 3);
  });

  test('names the strictest interim target that it meets', () => {
    const met = [80, 75, 60, 37.5, 20, 15].map((mean) => compareWithLimit(WHO_2021, 'PM2.5', '24 h', mean)?.interimMet);
    expect(met).toEqual([undefined, 1, 1, 3, 4, 4]);
    expect(compareWithLimit(PP_22_2021, 'PM2.5', '24 h', 1)?.interimMet).toBeUndefined();
  });

  test('of a period without a limit, or without a figure, is not compared', () => {
    expect(compareWithLimit(WHO_2021, 'PM2.5', '1 h', 400)).toBeUndefined();
    expect(compareWithLimit(PP_22_2021, 'TSP', 'year', 400)).toBeUndefined();
    expect(compareWithLimit(PP_22_2021, 'PM2.5', '24 h', Number.NaN)).toBeUndefined();
  });

  test('exceeds the limit exactly when its ratio is above 1', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...AIR_LIMITS.flatMap((limits) => limits.limits.map((limit) => ({ limits, limit })))),
        fc.double({ min: 0, max: 50_000, noNaN: true }),
        ({ limits, limit }, mean) => {
          const result = compareWithLimit(limits, limit.pollutant, limit.period, mean);
          expect(result?.limit).toBe(limit);
          expect(result?.exceeded).toBe(mean > limit.value);
        },
      ),
    );
  });
});

describe.for(AIR_LIMITS)('the limits $id', ({ limits }) => {
  test('name each pollutant and period once', () => {
    const keys = limits.map(({ pollutant, period }) => `${pollutant} ${period}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('have interim targets that fall towards the limit', () => {
    for (const { interim, value } of limits) {
      for (const [i, target] of interim.entries()) {
        expect(target).toBeLessThan(interim[i - 1] ?? Number.POSITIVE_INFINITY);
        expect(target).toBeGreaterThan(value);
      }
    }
  });
});
