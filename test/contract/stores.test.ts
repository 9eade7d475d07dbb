// oxlint-disable max-lines -- one suite that every store passes
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isOutage } from '#model/base/fault.ts';
import { type Qualified, TIMED_BY } from '#model/readings/reading.ts';
import { AGGREGATES, keyOf, type AggregateQuery, type AggregateRow, type Store } from '#storage/readings/store.ts';
import { plainAggregate } from '#test/support/oracles/plain-aggregate.ts';
import {
  aBatch,
  aQuery,
  aReading,
  keyFrom,
  MORNING,
  never,
  rowsOf,
  storedFrom,
} from '#test/support/builders/readings.ts';
import { STORE_HARNESSES } from '#test/support/builders/store-harness.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EXACT = [0.1 + 0.2, -0, 0, 1e-300, 1e300, 42, -17, 5e-324, Number.MAX_VALUE, 2 ** 53 + 2, 1 / 3, 1e21, 1e-7];

const aggregateQuery = (given: Partial<AggregateQuery> = {}): AggregateQuery => ({
  ...aQuery(),
  property: 'pm2_5',
  fn: 'mean',
  intervalMs: HOUR,
  zone: 'Asia/Jakarta',
  isCircular: false,
  isAmount: false,
  ...given,
});

/** Equal up to what the order of a floating-point sum may change. */
const expectSameWindows = (got: readonly AggregateRow[], wanted: readonly AggregateRow[]): void => {
  expect(got.map(({ value: _, ...rest }) => rest)).toEqual(wanted.map(({ value: _, ...rest }) => rest));
  for (const [index, row] of got.entries()) {
    const other = wanted[index]?.value ?? Number.NaN;
    expect(Math.abs(row.value - other), `window ${row.start}`).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(other)));
  }
};

describe.for(STORE_HARNESSES.map((make) => make()))('store $name', (harness) => {
  const folder = mkdtempSync(join(tmpdir(), 'klawing-'));
  let store: Store;

  describe.skipIf(harness.missing !== undefined)(harness.missing ?? 'the contract', harness.options, () => {
    beforeAll(() => harness.prepare(folder));
    beforeEach(async () => {
      store = await harness.start();
    });
    afterEach(() => store.stop());
    afterAll(() => harness.end());

    const write = (readings: readonly Qualified[], given = {}) => store.write(aBatch(readings, given), never);

    test('gives back every value, flag and millisecond exactly', async () => {
      const readings = EXACT.map((value, index) =>
        aReading({ value, flag: index % 2 === 0 ? 1 : 4, observedAt: MORNING + index * 1_001 }),
      );
      expect(await write(readings)).toEqual({ rejected: [] });
      expect(await rowsOf(store)).toEqual(readings.map(storedFrom));
    });

    test('puts new flags on stored values, alone and with a batch, and changes no count of rows', async () => {
      const first = ['pm10', 'pm2_5'].map((property) => aReading({ property, flag: 1, tests: 1 }));
      const next = aReading({ observedAt: MORNING + 1_000, flag: 1, tests: 1 });
      const notThere = aReading({ observedAt: MORNING + 5, flag: 3, tests: 2 });
      const [pm10, pm2_5] = first;
      if (pm10 === undefined || pm2_5 === undefined) throw new Error('no readings');
      const suspect = { ...pm10, flag: 3, tests: 0b10_01 } as const;
      const fail = { ...pm2_5, flag: 4, tests: 0b11_01 } as const;
      await write(first);
      await write([next], { requalified: [suspect] });
      expect(await rowsOf(store)).toEqual([suspect, pm2_5, next].map(storedFrom));
      await store.requalify([fail, notThere], never);
      await store.requalify([], never);
      expect(await rowsOf(store)).toEqual([suspect, fail, next].map(storedFrom));
      const counts = (await Array.fromAsync(store.count(MORNING / HOUR, MORNING / HOUR, never))).flat();
      expect(counts.map(({ property, rows }) => [property, rows])).toEqual([
        ['pm10', 1],
        ['pm2_5', 2],
      ]);
    });

    test('returns the origin of each time, in rows and look-ups, and does not count it as a property', async () => {
      const readings = TIMED_BY.flatMap((timedBy, index) =>
        ['pm10', 'pm2_5'].map((property) => aReading({ timedBy, property, observedAt: MORNING + index })),
      );
      await write(readings);
      expect(await rowsOf(store)).toEqual(readings.map(storedFrom));
      expect(await rowsOf(store, { property: 'pm10' })).toEqual(
        readings.filter(({ property }) => property === 'pm10').map(storedFrom),
      );
      const found = await store.lookUp(readings.map(keyFrom), never);
      expect(readings.map((reading) => found.get(keyOf(reading))?.timedBy)).toEqual(
        readings.map(({ timedBy }) => timedBy),
      );
      const counts = (await Array.fromAsync(store.count(MORNING / HOUR, MORNING / HOUR, never))).flat();
      expect(counts.map(({ property, rows }) => [property, rows])).toEqual([
        ['pm10', 3],
        ['pm2_5', 3],
      ]);
    });

    test('gives back any finite value', async () => {
      const values = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), 500);
      const readings = values.map((value, index) => aReading({ value, observedAt: MORNING + index }));
      await write(readings);
      expect(await rowsOf(store)).toEqual(readings.map(storedFrom));
    });

    test('reads in the order observed-at, device, property, however they arrived', async () => {
      const readings = [2, 0, 1].flatMap((minute) =>
        ['dev-b', 'dev-a'].flatMap((device) =>
          ['temperature', 'pm10'].map((property) =>
            aReading({ device, property, observedAt: MORNING + minute * MINUTE }),
          ),
        ),
      );
      await write(readings);
      const rows = await rowsOf(store);
      expect(rows.map(keyOf)).toEqual(
        [0, 1, 2].flatMap((minute) =>
          ['dev-a', 'dev-b'].flatMap((device) =>
            ['pm10', 'temperature'].map((property) =>
              keyOf({ device, property, observedAt: MORNING + minute * MINUTE }),
            ),
          ),
        ),
      );
    });

    test('keeps the same rows when a batch is repeated', async () => {
      const readings = [0, 1, 2].map((index) => aReading({ observedAt: MORNING + index }));
      await write(readings);
      await write(readings, { isRepeat: true });
      await write(readings, { isRepeat: true });
      expect(await rowsOf(store)).toEqual(readings.map(storedFrom));
    });

    test('completes a range of which an earlier attempt stored a part', async () => {
      const readings = [0, 1, 2, 3].map((index) => aReading({ observedAt: MORNING + index }));
      await write(readings.slice(0, 2));
      await write(readings, { isRepeat: true });
      expect(await rowsOf(store)).toEqual(readings.map(storedFrom));
    });

    test('leaves other ranges and other journals alone when a range is repeated', async () => {
      const before = aReading({ sequence: 5, observedAt: MORNING });
      const repeated = aReading({ sequence: 6, observedAt: MORNING + 1 });
      const foreign = aReading({ sequence: 6, observedAt: MORNING + 2 });
      await write([before]);
      await write([foreign], { journal: 'j-2' });
      await write([repeated]);
      await write([repeated], { isRepeat: true });
      expect(await rowsOf(store)).toEqual([before, repeated, foreign].map(storedFrom));
    });

    test('replaces a revised value, also when the revision is repeated', async () => {
      const first = [0, 1].map((index) => aReading({ value: 1, observedAt: MORNING + index }));
      const second = aReading({ value: 2, observedAt: MORNING + 1 });
      await write(first);
      await write([second], { revised: new Set([0]) });
      await write([second], { revised: new Set([0]), isRepeat: true });
      expect((await rowsOf(store)).map(({ value }) => value)).toEqual([1, 2]);
    });

    test('finds exactly the stored keys in a look-up', async () => {
      const stored = [0, 1, 30 * DAY].map((offset, index) => aReading({ value: index, observedAt: MORNING + offset }));
      await write([...stored, aReading({ device: 'dev-2', station: 'ST2', value: 7 })]);
      const asked = [
        ...stored.map(keyFrom),
        keyFrom(aReading({ observedAt: MORNING + 2 })),
        keyFrom(aReading({ property: 'pm10' })),
        keyFrom(aReading({ device: 'dev-2', station: 'ST2' })),
        keyFrom(aReading({ device: 'dev-3' })),
      ];
      expect(await store.lookUp(asked, never)).toEqual(
        new Map([
          ...stored.map((reading) => [keyOf(reading), { value: reading.value, timedBy: reading.timedBy }] as const),
          [asked[5] === undefined ? '' : keyOf(asked[5]), { value: 7, timedBy: 'device' }],
        ]),
      );
      expect(await store.lookUp([], never)).toEqual(new Map());
    });

    test('agrees with a plain map of keys under random batches, revisions and repeats', async () => {
      const step = fc.record({
        readings: fc.array(
          fc.record({
            device: fc.constantFrom('dev-1', 'dev-2'),
            property: fc.constantFrom('pm2_5', 'pm10'),
            minute: fc.nat(5),
            value: fc.integer({ min: -99, max: 99 }),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        repeats: fc.nat(1),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 6 }), fc.uuid(), async (steps, id) => {
          const station = `S${id}`;
          const model = new Map<string, number>();
          for (const { readings, repeats } of steps) {
            const offered = readings.map((each) =>
              aReading({ ...each, station, observedAt: MORNING + each.minute * MINUTE }),
            );
            const batch = [...new Map(offered.map((reading) => [keyOf(reading), reading])).values()];
            const revised = new Set<number>();
            for (const [index, reading] of batch.entries()) {
              if (model.has(keyOf(reading))) revised.add(index);
              model.set(keyOf(reading), reading.value);
            }
            await write(batch, { revised });
            if (repeats > 0) await write(batch, { revised, isRepeat: true });
          }
          const rows = await rowsOf(store, { station });
          expect(new Map(rows.map((row) => [keyOf(row), row.value]))).toEqual(model);
          expect(rows.length).toBe(model.size);
        }),
        { numRuns: 15 },
      );
    });

    test('pages with `after` and `limit` without losing or doubling a row', async () => {
      const readings = Array.from({ length: 40 }, (_, index) =>
        aReading({
          device: `dev-${index % 3}`,
          property: index % 2 === 0 ? 'pm10' : 'pm2_5',
          observedAt: MORNING + Math.floor(index / 6) * 1_000,
        }),
      );
      await write(readings);
      const all = await rowsOf(store);
      expect(all.length).toBe(40);
      const paged = [];
      for (let page = await rowsOf(store, { limit: 7 }); page.length > 0; ) {
        paged.push(...page);
        page = await rowsOf(store, { limit: 7, after: page.at(-1) });
      }
      expect(paged).toEqual(all);
    });

    test('streams more rows than one chunk or page holds, in order', async () => {
      const readings = Array.from({ length: 12_000 }, (_, index) =>
        aReading({ observedAt: MORNING + Math.floor(index / 2), device: `dev-${index % 2}` }),
      );
      await write(readings);
      const chunks = await Array.fromAsync(store.read(aQuery(), never));
      expect(chunks.length).toBeGreaterThan(1);
      expect(chunks.flat()).toEqual(readings.map(storedFrom));
    });

    test('reads only the asked station, family, property, span and flags', async () => {
      const wanted = aReading({ flag: 3 });
      await write([
        wanted,
        aReading({ flag: 4, observedAt: MORNING + 1 }),
        aReading({ flag: 3, property: 'pm10' }),
        aReading({ flag: 3, station: 'ST2', device: 'dev-2' }),
        aReading({ flag: 3, family: 'weather' }),
        aReading({ flag: 3, observedAt: MORNING + 10 }),
        aReading({ flag: 3, observedAt: MORNING - 1 }),
      ]);
      const rows = await rowsOf(store, { property: 'pm2_5', flags: [1, 2, 3], from: MORNING, to: MORNING + 10 });
      expect(rows).toEqual([storedFrom(wanted)]);
      expect(await rowsOf(store, { station: `no'such "one` })).toEqual([]);
    });

    test('stops reading when the signal is raised', async () => {
      await write(Array.from({ length: 12_000 }, (_, index) => aReading({ observedAt: MORNING + index })));
      const abort = new AbortController();
      const reading = async (): Promise<void> => {
        for await (const _ of store.read(aQuery(), abort.signal)) abort.abort();
      };
      await expect(reading()).rejects.toSatisfy(isOutage);
    });

    test.for(AGGREGATES)('computes %s as plain arithmetic does', async (fn) => {
      const drawn = fc.sample(
        fc.record({
          value: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
          minute: fc.nat(3 * 24 * 60),
          device: fc.constantFrom('dev-1', 'dev-2'),
          flag: fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const),
        }),
        400,
      );
      const unique = [...new Map(drawn.map((each) => [`${each.device} ${each.minute}`, each])).values()];
      const readings = unique.map((each) => aReading({ ...each, observedAt: MORNING + each.minute * MINUTE }));
      await write(readings);
      for (const intervalMs of [15 * MINUTE, HOUR, 5 * HOUR, DAY, 7 * DAY]) {
        for (const isAmount of [false, true]) {
          const span = { from: MORNING + HOUR, to: MORNING + 3 * DAY };
          const query = aggregateQuery({ fn, intervalMs, isAmount, flags: [1, 2, 3], ...span });
          expectSameWindows(await store.aggregate(query, never), plainAggregate(readings, query));
        }
      }
    });

    test('starts windows at local midnight', async () => {
      // 17:00 UTC is midnight in Jakarta
      const midnight = Date.UTC(2026, 10, 24, 17);
      await write([-1, 0, 1].map((offset) => aReading({ value: offset, observedAt: midnight + offset })));
      const rows = await store.aggregate(aggregateQuery({ fn: 'sum', intervalMs: DAY }), never);
      expect(rows.map(({ start, end, value, count }) => [start, end, value, count])).toEqual([
        [midnight - DAY, midnight, -1, 1],
        [midnight, midnight + DAY, 1, 2],
      ]);
    });

    describe('of an amount', () => {
      const rain = (at: string, value: number): Qualified =>
        aReading({ family: 'weather', property: 'rainfall', observedAt: Date.parse(at), value });
      const sums = async (given: Partial<AggregateQuery>) => {
        const query = { family: 'weather', property: 'rainfall', fn: 'sum', isAmount: true, ...given } as const;
        const rows = await store.aggregate(aggregateQuery(query), never);
        return rows.map(({ start, end, value }) => [start, end, Number(value.toFixed(9))]);
      };
      const midnight = Date.UTC(2026, 10, 26, 17); // in Jakarta, where the 27th begins

      test('counts the report of midnight for the day that ends', async () => {
        await write([
          rain('2026-11-26T23:00:00+07:00', 0),
          rain('2026-11-27T00:00:00+07:00', 10),
          rain('2026-11-27T01:00:00+07:00', 2),
        ]);
        expect(await sums({ intervalMs: DAY })).toEqual([
          [midnight - DAY, midnight, 10],
          [midnight, midnight + DAY, 2],
        ]);
      });

      test('is asked for behind `from` and until `to`', async () => {
        await write([
          rain('2026-11-26T00:00:00+07:00', 100),
          rain('2026-11-26T00:00:00.001+07:00', 1),
          rain('2026-11-27T00:00:00+07:00', 10),
          rain('2026-11-27T00:00:00.001+07:00', 1_000),
        ]);
        const day = { from: midnight - DAY, to: midnight };
        expect(await sums({ intervalMs: DAY, ...day })).toEqual([[midnight - DAY, midnight, 11]]);
      });

      test('counts a tip at the edge of ten minutes for those that end', async () => {
        await write(['14:00:01', '14:09:59', '14:10:00', '14:10:01'].map((at) => rain(`2026-11-27T${at}+07:00`, 0.2)));
        const two = Date.parse('2026-11-27T14:00:00+07:00');
        expect(await sums({ intervalMs: 10 * MINUTE })).toEqual([
          [two, two + 10 * MINUTE, 0.6],
          [two + 10 * MINUTE, two + 20 * MINUTE, 0.2],
        ]);
      });
    });

    test.for([
      ['back', Date.UTC(2026, 9, 24, 22), 25],
      ['forward', Date.UTC(2026, 2, 28, 23), 23],
    ] as const)('neither loses nor doubles a reading when clocks go %s', async ([, midnight, hoursOfDay]) => {
      const readings = Array.from({ length: hoursOfDay * 4 }, (_, index) =>
        aReading({ observedAt: midnight + index * 15 * MINUTE }),
      );
      await write(readings);
      const window = { fn: 'count', zone: 'Europe/Berlin', from: midnight, to: midnight + hoursOfDay * HOUR } as const;
      const hourly = await store.aggregate(aggregateQuery({ ...window, intervalMs: HOUR }), never);
      expect(hourly.map(({ start, end, value }) => [start, end, value])).toEqual(
        Array.from({ length: hoursOfDay }, (_, index) => [midnight + index * HOUR, midnight + (index + 1) * HOUR, 4]),
      );
      const daily = await store.aggregate(aggregateQuery({ ...window, intervalMs: DAY }), never);
      expect(daily.map(({ start, end, value }) => [start, end, value])).toEqual([
        [midnight, midnight + hoursOfDay * HOUR, hoursOfDay * 4],
      ]);
      const sixHours = await store.aggregate(aggregateQuery({ ...window, intervalMs: 6 * HOUR }), never);
      expect(sixHours.map(({ value }) => value)).toEqual([(hoursOfDay - 18) * 4, 24, 24, 24]);
    });

    test('averages directions as vectors', async () => {
      const directions = [350, 10, 5, 355];
      await write(
        directions.map((value, index) =>
          aReading({ family: 'weather', property: 'wind_direction', value, observedAt: MORNING + index }),
        ),
      );
      const query = aggregateQuery({
        family: 'weather',
        property: 'wind_direction',
        isCircular: true,
        intervalMs: DAY,
      });
      const [row] = await store.aggregate(query, never);
      expect(Math.min(row?.value ?? 180, 360 - (row?.value ?? 180))).toBeLessThan(1e-9);
      expect(row?.value).toBeLessThan(360);
    });

    test('refuses a zone or an interval that does not exist', async () => {
      await expect(async () =>
        store.aggregate(aggregateQuery({ zone: 'Asia/Purbalingga' }), never),
      ).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
      await expect(async () => store.aggregate(aggregateQuery({ intervalMs: 36 * HOUR }), never)).rejects.toMatchObject(
        { code: 'REQUEST_INVALID' },
      );
    });

    test('counts rows per device, property and observed hour', async () => {
      const hour = MORNING / HOUR;
      await write([
        aReading({ observedAt: MORNING }),
        aReading({ observedAt: MORNING + HOUR - 1, station: 'ST2' }),
        aReading({ observedAt: MORNING + HOUR }),
        aReading({ property: 'rssi' }),
        aReading({ property: 'rssi', family: 'weather', station: 'ST3', observedAt: MORNING + 5 }),
        aReading({ device: 'dev-2', observedAt: MORNING - 1 }),
        aReading({ device: 'dev-2', observedAt: MORNING - HOUR - 1 }),
      ]);
      const counts = (await Array.fromAsync(store.count(hour - 1, hour + 1, never))).flat();
      const texts = counts.map((each) => `${each.device} ${each.property} ${each.hour - hour} ${each.rows}`);
      expect(texts.sort()).toEqual(['dev-1 pm2_5 0 2', 'dev-1 pm2_5 1 1', 'dev-1 rssi 0 2', 'dev-2 pm2_5 -1 1']);
    });

    test('says that it is able to write', async () => {
      await expect(store.check(never)).resolves.toBeUndefined();
    });

    test('keeps nothing of a write that was cancelled, and writes on', async () => {
      const readings = [aReading()];
      await expect(store.write(aBatch(readings), AbortSignal.abort())).rejects.toSatisfy(isOutage);
      expect((await write(readings)).rejected).toEqual([]);
      expect(await rowsOf(store)).toEqual(readings.map(storedFrom));
    });

    test('stops twice without complaint', async () => {
      await write([aReading()]);
      await store.stop();
      await expect(store.stop()).resolves.toBeUndefined();
    });

    test.skipIf(harness.poison === undefined)(
      'rejects one of many with its own words and stores the others',
      async () => {
        await harness.poison?.();
        const properties = ['pm2_5', 'no2', 'pm10'];
        const readings = Array.from({ length: 60 }, (_, index) =>
          aReading({
            property: properties[index % 3] ?? '',
            station: index < 30 ? 'ST1' : 'ST2',
            device: index < 30 ? 'poison' : 'dev-2',
            observedAt: MORNING + Math.floor(index / 3),
          }),
        ).filter(({ property, observedAt }) => property !== 'no2' || observedAt === MORNING + 3);
        const bad = readings.findIndex(({ property }) => property === 'no2');
        const { rejected } = await write(readings);
        expect(rejected).toEqual([{ index: bad, reason: expect.stringContaining('field type conflict') }]);
        const rows = [...(await rowsOf(store)), ...(await rowsOf(store, { station: 'ST2' }))];
        expect(rows.length).toBe(readings.length - 1);
      },
    );

    test.skipIf(harness.goAway === undefined)(
      'refuses everything while the store is away, and goes on when it is back',
      async () => {
        const [early, late] = [aReading(), aReading({ observedAt: MORNING + 1 })];
        await write([early]);
        await harness.goAway?.();
        await expect(write([late])).rejects.toSatisfy(isOutage);
        await expect(store.lookUp([keyFrom(early)], never)).rejects.toSatisfy(isOutage);
        await expect(store.check(never)).rejects.toSatisfy(isOutage);
        await expect(rowsOf(store)).rejects.toSatisfy(isOutage);
        await harness.comeBack?.();
        await store.check(never);
        await write([late], { isRepeat: true });
        expect(await rowsOf(store)).toEqual([early, late].map(storedFrom));
      },
    );
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));
});
