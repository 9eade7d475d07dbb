import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { formatLocal, parseInstant } from '#model/base/instant.ts';
import { FLAG } from '#model/readings/flag.ts';
import { BBWS_HOUR, RAIN_WORDS, rainClass } from '#science/hydrology/rainfall.ts';
import { isComplete } from '#science/windows/completeness.ts';
import { meanOfHours } from '#science/windows/mean-of-hours.ts';
import { meanDirection, meanWind } from '#science/windows/wind.ts';
import { aggregator } from '#storage/readings/aggregate.ts';
import { readVectors, vectorKind } from '#test/support/vectors.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WIB_AHEAD = 7 * HOUR;

const instant = z.string().transform((text) => parseInstant(text) ?? Number.NaN);

const Vectors = z.union([
  vectorKind({
    input: z.strictObject({
      tz: z.string(),
      day_starts: z.literal('00:00'),
      reports: z.array(z.tuple([instant, z.number()])),
    }),
    expected: z.record(z.string(), z.number()),
  }),
  vectorKind({
    input: z.strictObject({ tips_mm: z.number(), tips_at: z.array(instant) }),
    expected: z.record(z.string(), z.number()),
  }),
  vectorKind({ input: z.strictObject({ mm: z.array(z.number()) }), expected: z.array(z.string()) }),
  vectorKind({ input: z.strictObject({ valid_hours: z.array(z.number()) }), expected: z.array(z.boolean()) }),
  vectorKind({
    input: z.strictObject({
      hours: z.record(z.string(), z.strictObject({ n: z.number(), mean: z.number() })),
      rule: z.string(),
    }),
    expected: z.strictObject({ valid_hours: z.number(), mean_of_valid_hours: z.number() }),
  }),
  vectorKind({
    input: z.strictObject({ direction: z.array(z.number()), speed: z.array(z.number()) }),
    expected: z.strictObject({
      unit_mean: z.number().nullable(),
      vector_mean: z.number(),
      vector_speed: z.number(),
    }),
  }),
]);
type Vector = z.output<typeof Vectors>;

/** Sums of rain by the start of their window, by the code that answers queries in memory. */
const sumsOf = (reports: readonly (readonly [at: number, mm: number])[], intervalMs: number, zone: string) => {
  const times = reports.map(([at]) => at);
  const sums = aggregator({
    station: 'ST1',
    family: 'weather',
    property: 'rainfall',
    from: Math.min(...times) - DAY,
    to: Math.max(...times) + DAY,
    flags: [FLAG.GOOD],
    fn: 'sum',
    intervalMs,
    zone,
    isCircular: false,
    isAmount: true,
  });
  sums.add(
    reports.map(([observedAt, value]) => ({
      device: 'd',
      property: 'rainfall',
      observedAt,
      value,
      flag: FLAG.GOOD,
      tests: 1,
      timedBy: 'device',
    })),
  );
  return sums.rows();
};

const clockOf = (at: number): string => formatLocal(at, WIB_AHEAD).slice(11, 16);

/** The answer of our code to a vector, in the form of its expectation. */
const answerTo = ({ input }: Vector): unknown => {
  if ('reports' in input) {
    const days = sumsOf(input.reports, DAY, input.tz);
    return Object.fromEntries(days.map(({ start, value }) => [formatLocal(start, WIB_AHEAD).slice(0, 10), value]));
  }
  if ('tips_at' in input) {
    const tips = input.tips_at.map((at) => [at, input.tips_mm] as const);
    const windows = sumsOf(tips, 10 * MINUTE, 'Asia/Jakarta');
    return Object.fromEntries(
      windows.map(({ start, end, value }) => [`${clockOf(start)}-${clockOf(end)}`, expect.closeTo(value, 9)]),
    );
  }
  if ('mm' in input) return input.mm.map((mm) => RAIN_WORDS[rainClass(BBWS_HOUR, mm) ?? 'extreme'].en);
  if ('valid_hours' in input) return input.valid_hours.map((hours) => isComplete(hours, 24));
  if ('hours' in input) {
    const hours = Object.values(input.hours).map(({ n, mean }) => ({ mean, present: n, expected: 60 }));
    const { mean, validHours } = meanOfHours(hours);
    return { valid_hours: validHours, mean_of_valid_hours: mean };
  }
  const { direction, speed } = meanWind(
    input.direction.map((degrees, i) => ({ direction: degrees, speed: input.speed[i] ?? Number.NaN })),
  );
  return {
    unit_mean: meanDirection(input.direction) ?? null,
    vector_mean: expect.closeTo(direction ?? Number.NaN, 6),
    vector_speed: expect.closeTo(speed, 6),
  };
};

const { vectors } = readVectors('windows', Vectors);

test.for(vectors)('vector $id of windows', (vector) => {
  expect(vector.expected).toEqual(answerTo(vector));
});

describe('wind', () => {
  test('from around north has a mean around north', () => {
    expect(meanDirection([350, 10])).toBeCloseTo(0, 9);
  });

  test('has calms, which have no direction and lower the speed', () => {
    const calm = { direction: 0, speed: 0 };
    expect(meanWind([{ direction: 90, speed: 4 }, calm])).toEqual({
      direction: expect.closeTo(90, 9),
      speed: expect.closeTo(2, 9),
      calms: 1,
    });
    expect(meanWind([calm])).toEqual({ direction: undefined, speed: 0, calms: 1 });
  });
});

test('a window without a valid hour has no mean of hours', () => {
  expect(meanOfHours([{ mean: 5, present: 44, expected: 60 }])).toEqual({ mean: undefined, validHours: 0 });
  expect(isComplete(0, 0)).toBe(false);
});
