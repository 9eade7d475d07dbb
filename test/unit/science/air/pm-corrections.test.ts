import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  humidityGrowth,
  NILSON_2022,
  notBelowZero,
  PM_CORRECTIONS,
  pmCorrection,
  US_EPA_2021,
  US_EPA_2022,
  US_EPA_FIRE_MAP,
} from '#science/air/pm-corrections.ts';
import { agrees } from '#test/support/oracles/agrees.ts';
import { readVectors, vectorKind } from '#test/support/vectors.ts';

const ids = PM_CORRECTIONS.map(({ id }) => id);
/** A method is the id of a correction, with a remark in brackets after it. */
const Method = z
  .string()
  .transform((text) => text.split(' ', 1)[0] ?? '')
  .refine((id) => ids.includes(id), { error: 'no correction has this id' });
const Vector = vectorKind({
  method: Method,
  input: z.union([
    z.strictObject({ cf_1: z.number(), rh: z.number() }),
    z.strictObject({ cf_atm: z.number(), rh: z.number() }),
  ]),
  expected: z.number(),
});
const { vectors, tolerance } = readVectors('purpleair', Vector);

test.for(vectors)('correction vector $id', ({ method, input, expected }) => {
  const raw = 'cf_1' in input ? input.cf_1 : input.cf_atm;
  const result = pmCorrection(method)?.correct(raw, input.rh) ?? Number.NaN;
  expect(agrees(result, expected, { absolute: tolerance }), `${result}`).toBe(true);
});

/** Worked examples: raw, humidity, rule of 2021, fire map. */
test.for([
  [0, 80, -1.146, -1.146],
  [5, 90, 0.612, 0.612],
  [10, 50, 6.68, 6.68],
  [20, 80, 9.334, 9.334],
  [40, 70, 20.676, 25.916],
  [50, 60, 26.778, 39.878],
  [100, 70, 52.116, 78.316],
  [150, 85, 77.023, 116.323],
  [235, 50, 124.58, 200.042],
  [260, 50, 137.68, 242.124],
  [500, 60, 262.578, 568.966],
] as const)('%d at %d %% is %d by the rule of 2021 and %d on the fire map', ([raw, humidity, rule, map]) => {
  expect(US_EPA_2021.correct(raw, humidity)).toBeCloseTo(rule, 3);
  expect(US_EPA_FIRE_MAP.correct(raw, humidity)).toBeCloseTo(map, 3);
});

/** Worked examples: raw, humidity, extended rule of 2022, Nilson. */
test.for([
  [0, 50, 1.44, 0],
  [20, 80, 9.334, 12.821],
  [40, 70, 20.676, 25.641],
  [50, 20, 30.226, 45.337],
  [50, 50, 27.64, 40.323],
  [50, 95, 23.761, 32.051],
  [150, 85, 77.023, 96.154],
  [300, 70, 156.916, 192.308],
  [570, 50, 300.628, 459.677],
  [610.9, 50, 400.497, 492.661],
  [611, 50, 400.12, 492.742],
  [800, 30, 586.48, 725.389],
] as const)('%d at %d %% is %d by the rule of 2022 and %d by Nilson', ([raw, humidity, extended, nilson]) => {
  expect(US_EPA_2022.correct(raw, humidity)).toBeCloseTo(extended, 3);
  expect(NILSON_2022.correct(raw, humidity)).toBeCloseTo(nilson, 3);
});

test('what is shown is not below 0', () => {
  expect(notBelowZero(US_EPA_2021.correct(0, 80))).toBe(0);
  expect(notBelowZero(6.68)).toBe(6.68);
});

describe.for(PM_CORRECTIONS)('$id', ({ correct }) => {
  test('never gives less for dirtier air, but for its own steps', () => {
    const step = 0.7; // the largest step down of the rule of 2022, at 611
    const given = fc.tuple(
      fc.double({ min: 0, max: 1_000, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
    );
    fc.assert(
      fc.property(given, fc.double({ min: 0, max: 200, noNaN: true }), ([raw, humidity], more) => {
        expect(correct(raw + more, humidity)).toBeGreaterThanOrEqual(correct(raw, humidity) - step);
      }),
    );
  });

  test('never gives more for damper air, and takes what is above saturation as saturated', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1_000, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 50, noNaN: true }),
        (raw, humidity, more) => {
          expect(correct(raw, humidity + more)).toBeLessThanOrEqual(correct(raw, humidity) + 1e-9);
        },
      ),
    );
    expect(correct(80, 102)).toBe(correct(80, 100));
  });
});

test('the pieces of the fire map join without a step', () => {
  for (const end of [30, 50, 210, 260]) {
    for (const humidity of [20, 60, 95]) {
      const [before, after] = [end - 1e-9, end].map((raw) => US_EPA_FIRE_MAP.correct(raw, humidity));
      expect(Math.abs((before ?? 0) - (after ?? 0))).toBeLessThan(0.001);
    }
  }
});

test.for([
  [570, 0.49, 0.54],
  [611, -0.69, -0.65],
] as const)('the extended rule steps at %d, as its weight leaves 0…1', ([end, low, high]) => {
  for (const humidity of [30, 50, 95]) {
    const step = US_EPA_2022.correct(end, humidity) - US_EPA_2022.correct(end - 1e-9, humidity);
    expect(step).toBeGreaterThanOrEqual(low - 0.005);
    expect(step).toBeLessThanOrEqual(high + 0.005);
  }
});

describe('the growth of particles with humidity', () => {
  test.for([
    [40, 0.25, 1.101],
    [60, 0.25, 1.227],
    [75, 0.25, 1.455],
    [80, 0.25, 1.606],
    [90, 0.25, 2.364],
    [95, 0.25, 3.879],
    [90, 0.15, 1.818],
    [90, 0.4, 3.182],
    [100, 0.25, 3.879],
    [0, 0.25, 1],
  ] as const)('at %d %% and κ %d is %d', ([humidity, kappa, factor]) => {
    expect(humidityGrowth(humidity, kappa)).toBeCloseTo(factor, 3);
  });
});
