import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { nakayasu } from '#science/hydrology/nakayasu.ts';
import { nashHydrograph, routeThrough } from '#science/hydrology/nash-cascade.ts';
import { dischargeAt } from '#science/hydrology/rating-curve.ts';
import { agrees } from '#test/support/oracles/agrees.ts';
import { readVectors, vectorKind } from '#test/support/vectors.ts';

const numbers = z.array(z.number());
const Hydrograph = vectorKind({
  input: z.strictObject({ n: z.number(), k_h: z.number(), t_h: numbers }),
  expected: z.strictObject({ u_per_h: numbers, s_curve: numbers, peak_h: z.number(), lag_h: z.number() }),
});
const Routed = vectorKind({
  input: z.strictObject({
    reservoirs: z.int(),
    k_h: z.number(),
    dt_h: z.number(),
    inflow: numbers,
    q0: z.number(),
  }),
  expected: numbers,
});
const Rated = vectorKind({
  input: z.strictObject({
    segments: z.array(z.strictObject({ to: z.number(), a: z.number(), h0: z.number(), b: z.number() })),
    h: numbers,
    gauged: z.tuple([z.number(), z.number()]),
  }),
  expected: z.strictObject({ q: numbers, extrapolated: z.array(z.boolean()) }),
});
const { vectors, tolerance } = readVectors('hydrology', z.union([Hydrograph, Routed, Rated]));

const compare = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of actual.entries()) {
    expect(agrees(value, expected[i] ?? Number.NaN, { absolute: tolerance }), `${i}: ${value}`).toBe(true);
  }
};

const checkHydrograph = ({ input, expected }: z.infer<typeof Hydrograph>): void => {
  const { density, share, peak, lag } = nashHydrograph(input.n, input.k_h);
  compare(input.t_h.map(density), expected.u_per_h);
  compare(input.t_h.map(share), expected.s_curve);
  compare([peak, lag], [expected.peak_h, expected.lag_h]);
};

const checkRouted = ({ input, expected }: z.infer<typeof Routed>): void => {
  const { reservoirs, k_h: k, dt_h: step, q0: initial, inflow } = input;
  compare(routeThrough({ reservoirs, k, step, initial }, inflow), expected);
};

const checkRated = ({ input, expected }: z.infer<typeof Rated>): void => {
  const flows = input.h.map((stage) => dischargeAt(input, stage));
  compare(
    flows.map((flow) => flow?.discharge ?? Number.NaN),
    expected.q,
  );
  expect(flows.map((flow) => flow?.extrapolated)).toEqual(expected.extrapolated);
};

test.for(vectors)('hydrology vector $id', (vector) => {
  if ('t_h' in vector.input) checkHydrograph(Hydrograph.parse(vector));
  else if ('inflow' in vector.input) checkRouted(Routed.parse(vector));
  else checkRated(Rated.parse(vector));
});

describe('a linear reservoir', () => {
  const inflow = [10, 10, 10, 10, 0, 0, 0, 0];

  test('of 2 h answers a pulse of two hours', () => {
    const flow = routeThrough({ reservoirs: 1, k: 2, step: 0.5 }, inflow);
    const expected = [2.212, 3.9347, 5.2763, 6.3212, 4.923, 3.834, 2.9859, 2.3254];
    for (const [i, value] of flow.entries()) expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 4);
  });

  test('refuses numbers that are not above 0', () => {
    expect(() => routeThrough({ reservoirs: 0, k: 2, step: 1 }, [])).toThrow('whole number from 1');
    expect(() => routeThrough({ reservoirs: 1.5, k: 2, step: 1 }, [])).toThrow('whole number from 1');
    expect(() => routeThrough({ reservoirs: 1, k: 0, step: 1 }, [])).toThrow('storage constant');
    expect(() => routeThrough({ reservoirs: 1, k: 1, step: -1 }, [])).toThrow('step');
    expect(() => nashHydrograph(0, 1)).toThrow('number of reservoirs');
  });
});

const cascade = fc.record({
  reservoirs: fc.integer({ min: 1, max: 5 }),
  k: fc.double({ min: 0.1, max: 20, noNaN: true }),
  step: fc.double({ min: 0.1, max: 3, noNaN: true }),
});
const flows = fc.array(fc.double({ min: 0, max: 2_000, noNaN: true }), { minLength: 1, maxLength: 40 });

describe('a cascade', () => {
  test('never gives more than the highest inflow, nor less than nothing', () => {
    fc.assert(
      fc.property(cascade, flows, (given, inflow) => {
        for (const flow of routeThrough(given, inflow)) {
          expect(flow).toBeGreaterThanOrEqual(0);
          expect(flow).toBeLessThanOrEqual(Math.max(...inflow) + 1e-9);
        }
      }),
    );
  });

  test('stays in balance with a steady inflow', () => {
    fc.assert(
      fc.property(cascade, fc.double({ min: 0, max: 2_000, noNaN: true }), (given, steady) => {
        for (const flow of routeThrough({ ...given, initial: steady }, [steady, steady, steady])) {
          expect(flow).toBeCloseTo(steady, 6);
        }
      }),
    );
  });

  test('gives back all of the water', () => {
    const inflow = [...Array.from({ length: 10 }, () => 50), ...Array.from({ length: 400 }, () => 0)];
    const outflow = routeThrough({ reservoirs: 3, k: 2, step: 0.5 }, inflow);
    expect(outflow.reduce((sum, flow) => sum + flow, 0)).toBeCloseTo(500, 6);
  });
});

describe('the unit hydrograph of Nakayasu', () => {
  const graph = nakayasu({ area: 300, length: 35, alpha: 2, rainShare: 0.75, rain: 1 });

  test('has the times and the peak of the worked example', () => {
    expect(graph.tg).toBeCloseTo(2.43, 4);
    expect(graph.tr).toBeCloseTo(1.8225, 4);
    expect(graph.tp).toBeCloseTo(3.888, 4);
    expect(graph.t03).toBeCloseTo(4.86, 4);
    expect(graph.qp).toBeCloseTo(13.828, 4);
  });

  test.for([
    [0, 0],
    [1, 0.5314],
    [2, 2.8047],
    [3, 7.4218],
    [4, 13.4496],
    [5, 10.4984],
    [6, 8.1947],
    [8, 4.993],
    [10, 3.3735],
    [15, 1.4773],
    [20, 0.7619],
    [30, 0.2208],
  ] as const)('at %d h is %d m³/s', ([hours, flow]) => {
    expect(graph.flow(hours)).toBeCloseTo(flow, 4);
  });

  test('holds 0.990 mm of the unit rain', () => {
    const step = 0.01;
    const total = Array.from({ length: 20_000 }, (_, i) => graph.flow((i + 0.5) * step)).reduce((sum, q) => sum + q, 0);
    expect((total * step * 3.6) / 300).toBeCloseTo(0.99, 3);
  });

  test('has no step where its pieces meet, and another time of concentration for a short river', () => {
    const { tp, t03, flow } = graph;
    for (const joint of [tp, tp + t03, tp + 2.5 * t03]) expect(flow(joint + 1e-9)).toBeCloseTo(flow(joint), 6);
    expect(nakayasu({ area: 20, length: 10, alpha: 2, rainShare: 0.75, rain: 1 }).tg).toBeCloseTo(1.0525, 4);
    expect(() => nakayasu({ area: 0, length: 10, alpha: 2, rainShare: 0.75, rain: 1 })).toThrow('area');
  });
});
