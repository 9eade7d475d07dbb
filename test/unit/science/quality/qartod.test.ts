import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { aggregate } from '#science/quality/aggregate.ts';
import { attenuatedSignal, SIGNAL_STATISTICS } from '#science/quality/attenuated-signal.ts';
import { climatology, PERIODS } from '#science/quality/climatology.ts';
import { dataReception } from '#science/quality/data-reception.ts';
import { densityInversion } from '#science/quality/density-inversion.ts';
import { flatLine } from '#science/quality/flat-line.ts';
import { DISTANCE_METHODS } from '#science/geodesy/distance.ts';
import { grossRange } from '#science/quality/gross-range.ts';
import { impossibleDate } from '#science/quality/impossible-date.ts';
import { boxBounds, locationBounds } from '#science/quality/location-bounds.ts';
import { location } from '#science/quality/location.ts';
import { percentileRange } from '#science/quality/percentile-range.ts';
import { rateOfChange } from '#science/quality/rate-of-change.ts';
import { spike, SPIKE_METHODS } from '#science/quality/spike.ts';
import { syntax } from '#science/quality/syntax.ts';
import { timeGap } from '#science/quality/time-gap.ts';
import { readVectors } from '#test/support/vectors.ts';

const HOUR = 3_600;
/** The moment at which the vectors without a reference time were recorded. */
const RECORDED = Date.UTC(2026, 10, 24) / 1_000;

/** A column of numbers, in which null and a masked element are missing. */
const Masked = z.strictObject({ masked: z.literal(true) }).transform(() => null);
const Column = z
  .array(z.union([z.number().nullable(), Masked]))
  .transform((given) => Float64Array.from(given, (value) => value ?? Number.NaN));
const Pair = z.tuple([z.number(), z.number()]);
const optional = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined);

const Series = z.strictObject({ values: Column, times_s: Column });
const Times = z.strictObject({ times_s: Column });
const Values = z.strictObject({ values: Column });
const Places = z.strictObject({ lon: Column, lat: Column });

/** A test of ioos_qc by its name: its data and parameters, and our function for it. */
const check = <Data extends z.ZodType, Params extends z.ZodType>(
  data: Data,
  params: Params,
  run: (data: z.output<Data>, params: z.output<Params>) => Uint8Array,
) => ({
  run: (given: unknown, by: unknown): readonly number[] => [...run(data.parse(given), params.parse(by))],
});

const TESTS = {
  gross_range_test: check(
    Values,
    z.strictObject({ fail_span: Pair, suspect_span: optional(Pair) }),
    ({ values }, { fail_span: fail, suspect_span: suspect }) =>
      grossRange(values, { fail, ...(suspect === undefined ? {} : { suspect }) }),
  ),
  climatology_test: check(
    z.strictObject({ values: Column, times_s: Column, depths_m: Column }),
    z.strictObject({
      members: z.array(
        z
          .strictObject({
            tspan: Pair,
            vspan: Pair,
            fspan: Pair.optional(),
            zspan: Pair.optional(),
            period: z.enum(PERIODS).optional(),
          })
          .transform(({ tspan: time, vspan: suspect, fspan: fail, zspan: depth, period }) => ({
            time,
            suspect,
            ...(fail === undefined ? {} : { fail }),
            ...(depth === undefined ? {} : { depth }),
            ...(period === undefined ? {} : { period }),
          })),
      ),
    }),
    ({ values, times_s: times, depths_m: depths }, { members }) => climatology(values, times, depths, members),
  ),
  spike_test: check(
    Values,
    z.strictObject({
      suspect_threshold: optional(z.number()),
      fail_threshold: optional(z.number()),
      method: z.enum(SPIKE_METHODS).default('average'),
    }),
    ({ values }, { suspect_threshold: suspect = 0, fail_threshold: fail = 0, method }) =>
      spike(values, { suspect, fail, method }),
  ),
  rate_of_change_test: check(
    Series,
    z.strictObject({ threshold: z.number(), fail_threshold: optional(z.number()) }),
    ({ values, times_s: times }, { threshold: suspect, fail_threshold: fail }) =>
      rateOfChange(values, times, { suspect, ...(fail === undefined ? {} : { fail }) }),
  ),
  flat_line_test: check(
    Series,
    z.strictObject({
      suspect_threshold: z.number(),
      fail_threshold: z.number(),
      tolerance: z.number().default(0),
    }),
    ({ values, times_s: times }, { suspect_threshold: suspect, fail_threshold: fail, tolerance }) =>
      flatLine(values, times, { suspect, fail, tolerance }),
  ),
  attenuated_signal_test: check(
    Series,
    z.strictObject({
      suspect_threshold: z.number(),
      fail_threshold: z.number(),
      test_period: optional(z.number()),
      min_obs: optional(z.number()),
      min_period: optional(z.number()),
      check_type: z.enum(SIGNAL_STATISTICS).default('std'),
    }),
    ({ values, times_s: times }, params) =>
      attenuatedSignal(values, times, {
        suspect: params.suspect_threshold,
        fail: params.fail_threshold,
        statistic: params.check_type,
        ...(params.test_period === undefined ? {} : { period: params.test_period }),
        ...(params.min_obs === undefined ? {} : { fewest: params.min_obs }),
        ...(params.min_period === undefined ? {} : { fewestSeconds: params.min_period }),
      }),
  ),
  location_test: check(
    Places,
    z.strictObject({ range_max: optional(z.number()), range_method: z.enum(DISTANCE_METHODS).default('haversine') }),
    ({ lon, lat }, { range_max: farthest, range_method: method }) =>
      location(lon, lat, { method, ...(farthest === undefined ? {} : { farthest }) }),
  ),
  location_bounds_test: check(
    Places,
    z.strictObject({
      shape: z.union([
        z.tuple([z.number(), z.number(), z.number(), z.number()]).transform((box) => boxBounds(...box)),
        z.array(Pair),
      ]),
      flag_area: z.enum(['outside', 'inside']).default('outside'),
    }),
    ({ lon, lat }, { shape, flag_area: flagged }) => locationBounds(lon, lat, shape, flagged),
  ),
  time_gap_test: check(Times, z.strictObject({ fail_span: z.number().default(2) }), ({ times_s: times }, params) =>
    timeGap(times, params.fail_span * HOUR),
  ),
  data_reception_test: check(
    Times,
    z.strictObject({ fail_span: z.number().default(6), from_time: z.number() }),
    ({ times_s: times }, { fail_span: fail, from_time: now }) => dataReception(times, now, fail * HOUR),
  ),
  impossible_date_test: check(
    Times,
    z.strictObject({ span: Pair.optional(), reference: z.number().default(RECORDED) }),
    ({ times_s: times }, { span, reference }) => impossibleDate(times, reference, span),
  ),
  percentile_range_test: check(
    Values,
    z.strictObject({
      low_percentile: z.number().default(5),
      hi_percentile: z.number().default(95),
      pad: z.number().default(0),
    }),
    ({ values }, { low_percentile: low, hi_percentile: high, pad }) => percentileRange(values, { low, high, pad }),
  ),
  density_inversion_test: check(
    z.strictObject({ values: Column, depths_m: Column }),
    z.strictObject({ suspect_threshold: z.number(), fail_threshold: z.number() }),
    ({ values, depths_m: depths }, { suspect_threshold: suspect, fail_threshold: fail }) =>
      densityInversion(values, depths, { suspect, fail }),
  ),
  syntax_test: check(
    z.strictObject({ values: z.array(z.string()) }),
    z.strictObject({
      nchar: z.number(),
      lentype: z.enum(['char', 'byte']).default('char'),
      delimiter: optional(z.string()),
    }),
    ({ values }, { nchar, lentype, delimiter }) => {
      const unit = lentype === 'byte' ? 'bytes' : 'characters';
      return syntax(values, nchar, delimiter === undefined ? { unit } : { unit: 'fields', delimiter });
    },
  ),
  qartod_compare: check(
    z.strictObject({ flag_sets: z.array(z.array(z.number()).transform((flags) => Uint8Array.from(flags))) }),
    z.strictObject({}),
    ({ flag_sets: columns }) => aggregate(columns),
  ),
};

const Vector = z.strictObject({
  id: z.string(),
  fn: z.string().refine((name): name is keyof typeof TESTS => Object.hasOwn(TESTS, name), 'a test that we do not have'),
  test: z.string().optional(),
  origin: z.string().optional(),
  note: z.string().optional(),
  data: z.unknown(),
  params: z.record(z.string(), z.unknown()),
  expected: z.array(z.number()).optional(),
  expected_error: z.string().optional(),
});
const { vectors } = readVectors('qartod', Vector);

test.for(vectors)('QARTOD vector $id', ({ fn, data, params, expected }) => {
  const call = () => TESTS[fn].run(data, params);
  if (expected === undefined) expect(call).toThrow();
  else expect(call()).toEqual(expected);
});

test('the vectors have every test', () => {
  if (process.env['QARTOD_VECTORS'] !== undefined) return;
  expect(new Set(vectors.map(({ fn }) => fn))).toEqual(new Set(Object.keys(TESTS)));
});

describe('rules for the use of the tests', () => {
  const bin = Float64Array.of(70, 75, 80, 85, 90, 2, 3);

  test('an emptied bin is not a spike by the differential method, and is one by the average', () => {
    expect([...spike(bin, { suspect: 30, method: 'average' })]).toEqual([2, 1, 1, 1, 3, 3, 2]);
    expect([...spike(bin, { suspect: 30, method: 'differential' })]).toEqual([2, 1, 1, 1, 1, 1, 2]);
  });

  test('an infinite value is a number and fails its range', () => {
    expect([...grossRange(Float64Array.of(Number.POSITIVE_INFINITY, Number.NaN), { fail: [0, 1] })]).toEqual([4, 9]);
  });

  test('a line without a tolerance is never flat', () => {
    const [values, times] = [new Float64Array(10).fill(5), Float64Array.from({ length: 10 }, (_, i) => i * 60)];
    expect(new Set(flatLine(values, times, { suspect: 60, fail: 120 }))).toEqual(new Set([1]));
    expect(flatLine(values, times, { suspect: 60, fail: 120, tolerance: 0.003 }).at(-1)).toBe(4);
  });
});
