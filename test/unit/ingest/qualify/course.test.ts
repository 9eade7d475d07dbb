import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Qualifier } from '#ingest/qualify/qualifier.ts';
import { affectedBy, reachOf, requalifyCourse } from '#ingest/qualify/series-run.ts';
import { checkedSeries } from '#ingest/qualify/qualify.ts';
import { days, hours, minutes } from '#model/base/duration.ts';
import { readingsIn } from '#model/readings/columns.ts';
import type { Flag } from '#model/readings/flag.ts';
import type { PropertyTests } from '#model/quality/property-tests.ts';
import { testFlags } from '#model/quality/quality-tests.ts';
import type { QualityVersion } from '#model/quality/quality-versions.ts';
import { attenuatedSignal } from '#science/quality/attenuated-signal.ts';
import { flatLine } from '#science/quality/flat-line.ts';
import { spike } from '#science/quality/spike.ts';
import { timeGap } from '#science/quality/time-gap.ts';
import { aReading, MORNING } from '#test/support/builders/readings.ts';
import { batchOf, aRun, ONE_DEVICE, type PlainPacket } from '#test/support/builders/runs.ts';
import { entriesOf } from '#test/support/builders/arrivals.ts';

const SERIES = { station: 'ST1', device: 'dev-1', family: 'air', property: 'pm2_5' };
const EVERY = minutes(10).ms;

/** Parameters of the property alone, in force since ever. */
const only = (tests: PropertyTests): readonly QualityVersion[] => [
  {
    version: 1,
    from: 0,
    stations: {
      ST1: {
        pm2_5: { spike: null, 'rate-of-change': null, 'flat-line': null, 'time-gap': null, ...tests },
      },
    },
  },
];

type Point = readonly [time: number, value: number];

const packetOf = ([observedAt, value]: Point, index: number): PlainPacket => {
  const [entry] = entriesOf([{}], index + 1);
  if (entry === undefined) throw new Error('no entry');
  const reading = aReading({ ...SERIES, observedAt, value, sequence: index + 1 });
  return {
    entry,
    codec: 'json',
    codecVersion: 1,
    refused: [],
    missing: 0,
    observations: [{ readings: [reading], id: undefined }],
  };
};

/** The flags of one test for points that come in this order, in batches of these sizes; each batch is committed. */
const live = (
  points: readonly Point[],
  versions: readonly QualityVersion[],
  sizes: readonly number[] = [points.length],
) => {
  const qualifier = new Qualifier(() => versions);
  const flags = new Map<number, number>();
  let late = 0;
  for (let from = 0, i = 0; from < points.length; i += 1) {
    const some = points.slice(from, from + Math.max(1, sizes[i % sizes.length] ?? 1));
    const batch = batchOf(
      aRun(
        entriesOf(
          some.map(() => ({})),
          from + 1,
        ),
        ONE_DEVICE,
      ),
      some.map(packetOf),
    );
    const { readings } = qualifier.batch(batch);
    for (const { observedAt, tests } of readingsIn(readings)) flags.set(observedAt, tests);
    const changes = qualifier.changesOf(readings);
    for (const { observedAt, tests } of changes.flags) flags.set(observedAt, tests);
    late += changes.late.length;
    qualifier.committed(changes.courses);
    from += some.length;
  }
  return { flags, late, numbers: qualifier.numbersOf(SERIES) };
};

const flagsOf = (
  name: string,
  points: readonly Point[],
  tests: PropertyTests,
  sizes?: readonly number[],
): readonly Flag[] => {
  const { flags } = live(points, only(tests), sizes);
  return points.map(([time]) => testFlags(flags.get(time) ?? 0)[name] ?? 2);
};

const regular = (values: readonly number[], every = EVERY): readonly Point[] =>
  values.map((value, i) => [MORNING + i * every, value]);
const timesOf = (points: readonly Point[]): Float64Array => Float64Array.from(points, ([time]) => time / 1_000);
const valuesOf = (points: readonly Point[]): Float64Array => Float64Array.from(points, ([, value]) => value);

/** Quarters, so that sums and differences are exact. */
const quarters = (max: number) => fc.integer({ min: 0, max }).map((value) => 10 + value / 4);
const anySizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

describe('the tests of a series, batch by batch, give the flags of the functions of science over the whole series', () => {
  test.for(['differential', 'average'] as const)('spike by %s', (method) => {
    fc.assert(
      fc.property(fc.array(quarters(40), { minLength: 1, maxLength: 40 }), anySizes, (values, sizes) => {
        const points = regular(values);
        const parameters = { suspect: 2, fail: 4, method };
        expect(flagsOf('spike', points, { spike: parameters }, sizes)).toEqual([
          ...spike(valuesOf(points), parameters),
        ]);
      }),
    );
  });

  test('flat line', () => {
    fc.assert(
      fc.property(fc.array(quarters(3), { minLength: 3, maxLength: 60 }), anySizes, (values, sizes) => {
        const points = regular(values);
        const found = flagsOf(
          'flat-line',
          points,
          { 'flat-line': { tolerance: 0.5, suspect: hours(0.5), fail: hours(1) } },
          sizes,
        );
        const [suspect, fail] = [hours(0.5).ms / 1_000, hours(1).ms / 1_000];
        expect(found).toEqual([...flatLine(valuesOf(points), timesOf(points), { suspect, fail, tolerance: 0.5 })]);
      }),
      { numRuns: 300 },
    );
  });

  test('time gap, which is SUSPECT here and UNKNOWN for the first value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 30 }),
        anySizes,
        (steps, sizes) => {
          let at = MORNING;
          const points = steps.map((step): Point => [(at += step * hours(1).ms), 10]);
          const found = flagsOf('time-gap', points, { 'time-gap': { span: hours(2) } }, sizes);
          const expected = Array.from(timeGap(timesOf(points), hours(2).ms / 1_000), (flag) => (flag === 4 ? 3 : flag));
          expect(found).toEqual([2, ...expected.slice(1)]);
        },
      ),
    );
  });

  test.for(['range', 'std'] as const)(
    'attenuated signal by %s, at the end of each twelfth of the period',
    (statistic) => {
      fc.assert(
        fc.property(fc.array(quarters(8), { minLength: 30, maxLength: 60 }), anySizes, (values, sizes) => {
          // one value in each twelfth: the window of the ingest is the window of the function
          const period = { ms: 12 * EVERY };
          const points = values.map((value, i): Point => [Math.ceil(MORNING / EVERY) * EVERY + i * EVERY, value]);
          const parameters = { suspect: 0.5, fail: 0.25, statistic };
          const found = flagsOf('attenuated-signal', points, { 'attenuated-signal': { ...parameters, period } }, sizes);
          const expected = attenuatedSignal(valuesOf(points), timesOf(points), {
            ...parameters,
            period: period.ms / 1_000,
            fewest: 12,
          });
          expect(found).toEqual([...expected]);
        }),
      );
    },
  );
});

describe('rate of change', () => {
  const tests: PropertyTests = { 'rate-of-change': { suspect: 12, fail: 60 } };
  const flags = (points: readonly Point[], given: PropertyTests = tests) => flagsOf('rate-of-change', points, given);

  test('compares with the newest value that is five minutes older', () => {
    const after = (step: number): readonly Point[] => [
      [MORNING, 10],
      [MORNING + minutes(5).ms, 10 + step],
    ];
    expect([1, 1.01, 5, 5.01].map((step) => flags(after(step)).at(-1))).toEqual([1, 3, 3, 4]);
  });

  test('calls the noise of a quick sensor a change only by its course over five minutes', () => {
    const noise = regular(
      Array.from({ length: 200 }, (_, i) => 10 + (i % 2) * 0.4),
      5_000,
    );
    expect(new Set(flags(noise))).toEqual(new Set([1]));
    expect(flagsOf('rate-of-change', noise, { 'rate-of-change': { suspect: 12, least: minutes(0) } })).toContain(3);
    expect(
      new Set(flagsOf('rate-of-change', noise, { 'rate-of-change': { suspect: 12, least: minutes(0), noise: 0.5 } })),
    ).toEqual(new Set([1]));
  });

  test('takes a value outside the gross range as no reference, and a fall as no rise', () => {
    const falling = regular([90, 2, 3]);
    expect(flags(falling)).toEqual([1, 4, 1]);
    expect(flags(falling, { 'rate-of-change': { suspect: 12, direction: 'rise' } })).toEqual([1, 1, 1]);
    expect(flags(regular([10, 5_000, 10]))).toEqual([1, 4, 1]);
  });
});

test('the emptying of a bin is no spike: 70 75 80 85 90 2 3', () => {
  const points = regular([70, 75, 80, 85, 90, 2, 3]);
  expect(flagsOf('spike', points, { spike: { suspect: 30 } })).toEqual([2, 1, 1, 1, 1, 1, 2]);
  expect(flagsOf('spike', points, { spike: { suspect: 30, method: 'average' } })).toEqual([2, 1, 1, 1, 3, 3, 2]);
});

test('climatology takes the expectation of the month', () => {
  const climatology = [{ period: 'month', time: [11, 11], suspect: [5, 30], fail: [0, 50] }] as const;
  expect(flagsOf('climatology', regular([20, 40, 60]), { climatology })).toEqual([1, 3, 4]);
  const may = [{ period: 'month', time: [5, 5], suspect: [5, 30] }] as const;
  expect(flagsOf('climatology', regular([20, 40]), { climatology: may })).toEqual([2, 2]);
});

test('the examples of time gap, flat line and attenuated signal', () => {
  const at = (time: number): number => MORNING + minutes(time).ms;
  const gaps: readonly Point[] = [
    [at(0), 10],
    [at(120), 10],
    [at(241), 10],
  ];
  expect(flagsOf('time-gap', gaps, { 'time-gap': { span: hours(2) } })).toEqual([2, 1, 3]);
  const flat = { tolerance: 0.5, suspect: minutes(30), fail: minutes(60) };
  expect(flagsOf('flat-line', regular([1, 1, 1, 1, 1, 1, 1]), { 'flat-line': flat })).toEqual([1, 1, 1, 3, 3, 3, 4]);
  const still = regular(Array.from({ length: 12 }, () => 10)).map(
    ([time, value]): Point => [Math.ceil(time / EVERY) * EVERY, value],
  );
  const found = flagsOf('attenuated-signal', still, {
    'attenuated-signal': { suspect: 0.5, period: { ms: 12 * EVERY } },
  });
  expect(found).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3]);
});

test('no test takes a flood away: on stage each is SUSPECT at most', () => {
  const gauge = { ...SERIES, family: 'river', property: 'stage' };
  const station = {
    ...ONE_DEVICE.stations.get('ST1'),
    id: 'ST1',
    family: 'river',
    name: '',
    lat: -7.4,
    lon: 109.3,
    attributes: {},
  };
  const registry = { ...ONE_DEVICE, stations: new Map([['ST1', station]]) };
  const flood = [1, 1, 2.7, 1, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 9];
  const versions: readonly QualityVersion[] = [
    {
      version: 1,
      from: 0,
      families: {
        river: {
          stage: {
            spike: { suspect: 0.1, fail: 0.2 },
            'rate-of-change': { suspect: 1, fail: 2 },
            'flat-line': { tolerance: 0.003, suspect: minutes(30), fail: minutes(60) },
          },
        },
      },
    },
  ];
  const packets = regular(flood).map((point, i) => {
    const packet = packetOf(point, i);
    const [observedAt, value] = point;
    return {
      ...packet,
      observations: [
        {
          readings: [aReading({ ...gauge, observedAt, receivedAt: observedAt, value, sequence: i + 1 })],
          id: undefined,
        },
      ],
    };
  });
  const batch = batchOf(aRun(entriesOf(flood.map(() => ({}))), registry), packets);
  const { readings } = new Qualifier(() => versions).batch(batch);
  const flags = readingsIn(readings).map(({ flag }) => flag);
  expect(flags).toContain(3);
  expect(flags).not.toContain(4);
});

describe('parameters', () => {
  test('are those of the version in force at the time of a value, whenever it comes', () => {
    const [first] = only({ spike: { suspect: 100 } });
    const [second] = only({ spike: { suspect: 5 } });
    if (first === undefined || second === undefined) throw new Error('no versions');
    const change = MORNING + 5 * EVERY;
    const versions = [first, { ...second, version: 2, from: change }];
    const points = regular([10, 30, 10, 10, 10, 10, 30, 10, 10]);
    const { flags } = live(points, versions);
    const spikes = points.map(([time]) => testFlags(flags.get(time) ?? 0)['spike']);
    // the last value before the change has no neighbour behind it, and the first value after it none before it
    expect(spikes).toEqual([2, 1, 1, 1, 2, 2, 3, 1, 2]);
  });

  test('of a family are replaced test by test', () => {
    const points = regular([10, 500, 10]);
    expect(live(points, []).flags.get(MORNING + EVERY)).not.toBe(live(points, only({})).flags.get(MORNING + EVERY));
    expect(testFlags(live(points, []).flags.get(MORNING + EVERY) ?? 0)).toMatchObject({
      spike: 4,
      'rate-of-change': 4,
    });
    expect(testFlags(live(points, only({})).flags.get(MORNING + EVERY) ?? 0)).toMatchObject({ spike: 2 });
  });
});

test('late values in any order end with the flags of live values', () => {
  const series = checkedSeries(SERIES, ONE_DEVICE);
  if (series === undefined) throw new Error('no series');
  const versions = only({
    spike: { suspect: 2, fail: 4 },
    'rate-of-change': { suspect: 12, fail: 60, least: minutes(20) },
    'flat-line': { tolerance: 0.5, suspect: hours(1), fail: hours(2) },
    'time-gap': { span: hours(1) },
    'attenuated-signal': { suspect: 0.5, period: hours(4) },
  });
  const reach = reachOf(series, versions);
  expect(reach).toBe(days(1).ms);
  // steps of a day and more lie beyond the reach of every test
  const anyPoints = fc
    .array(fc.tuple(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(40, 143, 144, 145, 300)), quarters(6)), {
      minLength: 1,
      maxLength: 60,
    })
    .map((steps) => {
      let at = MORNING;
      return steps.map(([step, value]): Point => [(at += step * EVERY), value]);
    });
  const shuffled = anyPoints.chain((points) =>
    fc.tuple(fc.constant(points), fc.shuffledSubarray([...points], { minLength: points.length }), anySizes),
  );
  fc.assert(
    fc.property(shuffled, ([points, arrived, sizes]) => {
      const expected = live(points, versions).flags;
      const { flags, numbers } = live(arrived, versions, sizes);
      const [from, to] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
      expect(to).toBeGreaterThanOrEqual(from);
      const values = points.map(([observedAt, value]) => ({ observedAt, value, tests: flags.get(observedAt) ?? 0 }));
      const { changes, numbers: after } = requalifyCourse(
        { series, versions },
        values,
        numbers,
        affectedBy({ from, to }, reach, numbers),
      );
      for (const { observedAt, tests } of changes) flags.set(observedAt, tests);
      expect(flags).toEqual(expected);
      expect(after).toEqual(live(points, versions).numbers);
    }),
    { numRuns: 400 },
  );
});

test('one late value changes flags only within the reach of the tests', () => {
  const series = checkedSeries(SERIES, ONE_DEVICE);
  if (series === undefined) throw new Error('no series');
  const versions = only({
    spike: { suspect: 2, fail: 4 },
    'rate-of-change': { suspect: 12, fail: 60, least: minutes(20) },
    'flat-line': { tolerance: 0.5, suspect: hours(1), fail: hours(2) },
    'time-gap': { span: hours(1) },
  });
  const reach = reachOf(series, versions);
  const drawn = fc
    .array(fc.tuple(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(40, 143, 144, 145, 300)), quarters(4)), {
      minLength: 3,
      maxLength: 120,
    })
    .map((steps) => {
      let at = MORNING;
      return steps.map(([step, value]): Point => [(at += step * EVERY), value]);
    })
    .chain((points) => fc.tuple(fc.constant(points), fc.integer({ min: 0, max: points.length - 2 })));
  fc.assert(
    fc.property(drawn, ([points, which]) => {
      const [late] = points.slice(which);
      if (late === undefined) return;
      const { flags, numbers } = live([...points.filter((point) => point !== late), late], versions);
      const [from] = late;
      const affected = affectedBy({ from, to: from }, reach, numbers);
      const values = points
        .filter(([time]) => time >= affected.read.from && time <= affected.read.to)
        .map(([observedAt, value]) => ({ observedAt, value, tests: flags.get(observedAt) ?? 0 }));
      const { changes } = requalifyCourse({ series, versions }, values, numbers, affected);
      for (const { observedAt, tests } of changes) flags.set(observedAt, tests);
      expect(flags).toEqual(live(points, versions).flags);
    }),
    { numRuns: 400 },
  );
});
