import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { greatCircle, ROAD_FACTOR, roadMatrix } from '#science/waste/distances.ts';
import { planRoutes, roundKilometres, type RouteSettings, savings, type Stop } from '#science/waste/routes.ts';

type Point = readonly [x: number, y: number];

const euclidean = (points: readonly Point[]): readonly (readonly number[])[] =>
  points.map(([x, y]) => points.map(([u, v]) => Math.hypot(x - u, y - v)));

const SETTINGS: RouteSettings = { capacity: 100, departure: 0, kilometresPerHour: 60 };

describe('the worked example', () => {
  const matrix = euclidean([
    [0, 0],
    [2, 3],
    [3, 2],
    [-2, 1],
    [-3, -1],
    [1, -3],
  ]);
  const stops: readonly Stop[] = [
    { id: 'A', load: 40 },
    { id: 'B', load: 30 },
    { id: 'C', load: 50 },
    { id: 'D', load: 20 },
    { id: 'E', load: 40 },
  ];

  test('has the savings', () => {
    const named = savings(matrix).filter(({ from, to }) => from < to);
    const text = named.map(({ from, to, kilometres }) => `${'_ABCDE'[from]}${'_ABCDE'[to]} ${kilometres.toFixed(4)}`);
    expect(text).toEqual([
      'AB 5.7969',
      'CD 3.1623',
      'DE 1.8524',
      'BE 1.3827',
      'AC 1.3695',
      'BC 0.7426',
      'AE 0.6851',
      'CE 0.3983',
      'AD 0.3647',
      'BD 0.0596',
    ]);
  });

  test('gives [A, B], [C, D], [E], which is the best there is', () => {
    const plan = planRoutes(stops, matrix, SETTINGS);
    const sorted = plan.routes.map((route) => route.stops.toSorted().join(' ')).toSorted();
    expect(sorted).toEqual(['A B', 'C D', 'E']);
    expect(plan.kilometres).toBeCloseTo(22.584285, 6);
    expect(plan.unserved).toEqual([]);
  });

  test('is shorter than separate trips', () => {
    const trips = stops.map((_, i) => roundKilometres(matrix, [i + 1]));
    expect(trips.reduce((sum, kilometres) => sum + kilometres, 0)).toBeCloseTo(31.543452, 6);
  });
});

describe('2-opt', () => {
  test('takes the crossing out of a route', () => {
    // savings alone begin with the pair that is farthest out and cross the square
    const matrix = euclidean([
      [0, 0],
      [0, 10],
      [10, 10],
      [10, 0],
      [1, 5],
    ]);
    const stops = ['a', 'b', 'c', 'd'].map((id) => ({ id, load: 1 }));
    const plan = planRoutes(stops, matrix, SETTINGS);
    expect(plan.routes).toHaveLength(1);
    expect(plan.kilometres).toBeLessThanOrEqual(roundKilometres(matrix, [4, 1, 2, 3]) + 1e-9);
  });
});

describe('times', () => {
  const line = euclidean([
    [0, 0],
    [10, 0],
    [20, 0],
  ]);

  test('put a stop first whose window closes first', () => {
    const stops: readonly Stop[] = [
      { id: 'near', load: 1, serviceMinutes: 5 },
      { id: 'far', load: 1, serviceMinutes: 5, window: [0, 20] },
    ];
    const [route] = planRoutes(stops, line, SETTINGS).routes;
    expect(route).toMatchObject({ stops: ['far', 'near'], arrivals: [20, 35], back: 50, kilometres: 40 });
  });

  test('let a vehicle wait, and split what one cannot reach in time', () => {
    const waits = planRoutes(
      [{ id: 'a', load: 1, window: [60, 70] }],
      euclidean([
        [0, 0],
        [10, 0],
      ]),
      SETTINGS,
    );
    expect(waits.routes[0]).toMatchObject({ arrivals: [60], back: 70 });
    const stops: readonly Stop[] = [
      { id: 'a', load: 1, window: [0, 10], serviceMinutes: 30 },
      { id: 'b', load: 1, window: [0, 20] },
    ];
    const split = planRoutes(
      stops,
      euclidean([
        [0, 0],
        [10, 0],
        [-10, 0],
      ]),
      SETTINGS,
    );
    expect(split.routes).toHaveLength(2);
  });

  test('leave out what cannot be served, with the reason', () => {
    const stops: readonly Stop[] = [
      { id: 'heavy', load: 101 },
      { id: 'late', load: 1, window: [0, 5] },
    ];
    expect(planRoutes(stops, line, SETTINGS)).toEqual({
      routes: [],
      unserved: [
        { id: 'heavy', reason: 'load' },
        { id: 'late', reason: 'time' },
      ],
      kilometres: 0,
    });
    const early = planRoutes(
      [{ id: 'a', load: 1 }],
      euclidean([
        [0, 0],
        [10, 0],
      ]),
      { ...SETTINGS, returnBy: 19 },
    );
    expect(early.unserved).toEqual([{ id: 'a', reason: 'time' }]);
  });
});

test('a one-way street is driven in its direction', () => {
  // from 1 to 2 is near, from 2 to 1 is far
  const matrix = [
    [0, 10, 10],
    [10, 0, 1],
    [10, 30, 0],
  ];
  const plan = planRoutes(
    ['a', 'b'].map((id) => ({ id, load: 1 })),
    matrix,
    SETTINGS,
  );
  expect(plan.routes).toMatchObject([{ stops: ['a', 'b'], kilometres: 21 }]);
});

test('a problem that cannot be used is refused', () => {
  const stops = [{ id: 'a', load: 1 }];
  expect(() => planRoutes(stops, [[0]], SETTINGS)).toThrow('2 rows of 2');
  expect(() =>
    planRoutes(
      stops,
      [
        [0, -1],
        [1, 0],
      ],
      SETTINGS,
    ),
  ).toThrow('2 rows of 2');
  expect(() =>
    planRoutes(
      stops,
      [
        [0, 1],
        [1, 0],
      ],
      { ...SETTINGS, capacity: 0 },
    ),
  ).toThrow('capacity');
  expect(() =>
    planRoutes(
      stops,
      [
        [0, 1],
        [1, 0],
      ],
      { ...SETTINGS, kilometresPerHour: 0 },
    ),
  ).toThrow('speed');
  expect(() =>
    planRoutes(
      [{ id: 'a', load: -1 }],
      [
        [0, 1],
        [1, 0],
      ],
      SETTINGS,
    ),
  ).toThrow('load');
  expect(planRoutes([], [[0]], SETTINGS)).toEqual({ routes: [], unserved: [], kilometres: 0 });
});

const drawnStop = fc.record({
  x: fc.integer({ min: -20, max: 20 }),
  y: fc.integer({ min: -20, max: 20 }),
  load: fc.integer({ min: 0, max: 120 }),
  opens: fc.integer({ min: 0, max: 60 }),
  length: fc.integer({ min: 0, max: 90 }),
});

describe('any plan', () => {
  test('serves every stop once or says why not, within capacity and windows, and is no longer than separate trips', () => {
    fc.assert(
      fc.property(fc.array(drawnStop, { maxLength: 14 }), fc.boolean(), (drawn, timed) => {
        const matrix = euclidean([[0, 0], ...drawn.map(({ x, y }): Point => [x, y])]);
        const stops = drawn.map(({ load, opens, length }, i): Stop => {
          const stop = { id: `${i}`, load, serviceMinutes: 2 };
          return timed ? { ...stop, window: [opens, opens + length] } : stop;
        });
        const { routes, unserved, kilometres } = planRoutes(stops, matrix, SETTINGS);
        const seen = [...routes.flatMap((route) => route.stops), ...unserved.map(({ id }) => id)];
        expect(seen.toSorted()).toEqual(stops.map(({ id }) => id).toSorted());
        let separate = 0;
        for (const route of routes) {
          const places = route.stops.map((id) => Number(id) + 1);
          expect(route.load).toBeLessThanOrEqual(SETTINGS.capacity);
          expect(route.kilometres).toBeCloseTo(roundKilometres(matrix, places), 9);
          for (const [i, place] of places.entries()) {
            separate += roundKilometres(matrix, [place]);
            const [opens, closes] = stops[place - 1]?.window ?? [0, Number.POSITIVE_INFINITY];
            expect(route.arrivals[i]).toBeGreaterThanOrEqual(opens);
            expect(route.arrivals[i]).toBeLessThanOrEqual(closes);
          }
        }
        expect(kilometres).toBeLessThanOrEqual(separate + 1e-6);
      }),
    );
  });

  test('of 200 bins is made in good time', () => {
    const places = Array.from({ length: 201 }, (_, i) => ({
      latitude: -7.39 + 0.1 * Math.sin(i * 12.9898),
      longitude: 109.36 + 0.1 * Math.cos(i * 78.233),
    }));
    const stops = places.slice(1).map((_, i) => ({ id: `${i}`, load: 5 + (i % 7) }));
    const matrix = roadMatrix(places);
    const plan = planRoutes(stops, matrix, SETTINGS);
    expect(plan.routes.flatMap((route) => route.stops)).toHaveLength(200);
    expect(plan.kilometres).toBeLessThan(0.5 * stops.reduce((sum, _, i) => sum + roundKilometres(matrix, [i + 1]), 0));
  });
});

describe('the distance along a great circle', () => {
  test('of a degree of longitude at the equator is 111.195 km', () => {
    expect(greatCircle({ latitude: 0, longitude: 109 }, { latitude: 0, longitude: 110 })).toBeCloseTo(111.195, 3);
  });

  test('from the town to the landfill is 9.7 km, by road 1.3 times that', () => {
    const [town, landfill] = [
      { latitude: -7.3892, longitude: 109.3639 },
      { latitude: -7.37, longitude: 109.45 },
    ];
    expect(greatCircle(town, landfill)).toBeCloseTo(9.73, 1);
    expect(roadMatrix([town, landfill])[0]?.[1]).toBeCloseTo(1.3 * greatCircle(town, landfill), 9);
    expect(ROAD_FACTOR).toBe(1.3);
  });

  test('is the same both ways, nothing to itself, and half the Earth at most', () => {
    const place = fc.record({
      latitude: fc.double({ min: -90, max: 90, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(greatCircle(a, b)).toBeCloseTo(greatCircle(b, a), 9);
        expect(greatCircle(a, a)).toBe(0);
        expect(greatCircle(a, b)).toBeLessThanOrEqual(Math.PI * 6_371.0088 + 1e-6);
      }),
    );
  });
});
