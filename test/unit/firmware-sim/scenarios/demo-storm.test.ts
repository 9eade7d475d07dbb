import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '#firmware-sim/calendar.ts';
import { demoStorm } from '#firmware-sim/scenarios/demo-storm.ts';
import { createRain } from '#firmware-sim/signals/rain.ts';
import { stageAt } from '#firmware-sim/signals/rating.ts';
import { createRiver } from '#firmware-sim/signals/river.ts';
import { minutes } from '#model/base/duration.ts';
import { instantOf } from '#test/support/clocks/instant-of.ts';
import { cast, coursesAt, coursesOf, familyOf, play, playerNamed, type Said, seriesOf, type Stage } from './played.ts';

const CYCLE_SECONDS = 720;
const YEAR = instantOf('2026-01-01T00:00:00Z');

/** Any seed, any moment of three years, and devices that are switched on at any of the first five seconds. */
const anyStart = fc.record({
  seed: fc.integer({ min: -1_000, max: 1_000 }),
  begin: fc.integer({ min: YEAR, max: YEAR + 3 * 365 * DAY_MS }),
  first: fc.nat(5_000),
});
type Start = typeof anyStart extends fc.Arbitrary<infer S> ? S : never;

const onStage = ({ seed, begin }: Omit<Start, 'first'>): Stage => ({ scenarios: [demoStorm], seed, begin });
const law = (holds: (start: Start) => void): void => fc.assert(fc.property(anyStart, holds), { numRuns: 12 });
const told = (start: Start, id: string, length = minutes(12)): readonly Said[] =>
  play(onStage(start), id, length, start.first);
const ordinarily = ({ seed, begin, first }: Start, id: string): readonly Said[] =>
  play({ scenarios: [], seed, begin, mishaps: false }, id, minutes(12), first);

const crestOf = (said: readonly Said[]): readonly [number, number] =>
  seriesOf(said, 'stage').reduce((best, each) => (each[1] > best[1] ? each : best));

describe('whoever looks for five minutes at demo-storm, on any day, with all mishaps,', () => {
  test('sees a bin fire raised within a minute and over within two', () => {
    law((start) => {
      const [fire] = coursesAt('pbg-w01-2', 'fire', told(start, 'pbg-w01-2'));
      expect(fire?.fired).toBeLessThan(60);
      expect(fire?.resolved).toBeLessThan(120);
    });
  });

  test('sees the Gintung over awas within 90 s, and below its clear level a minute after that', () => {
    law((start) => {
      const [flash] = coursesAt('pbg-r05', 'awas', told(start, 'pbg-r05'));
      expect(flash?.fired).toBeLessThan(90);
      expect(flash?.resolved).toBeLessThan(150);
    });
  });

  test('sees Bancar over siaga for longer than its hold, firing before five minutes and over before six', () => {
    law((start) => {
      const said = told(start, 'pbg-r03');
      const [warning] = coursesAt('pbg-r03', 'siaga', said);
      expect(warning?.fired).toBeLessThan(295);
      expect(warning?.resolved).toBeLessThan(360);
      expect(coursesAt('pbg-r03', 'awas', said)).toEqual([]);
    });
  });

  test('sees every alert of the story end before the next cycle', () => {
    law((start) => {
      for (const id of ['pbg-r01', 'pbg-r02', 'pbg-r03', 'pbg-r05', 'pbg-w01-2']) {
        const { station } = playerNamed(id);
        const story = familyOf(station).limits.filter(({ name }) => name !== 'full');
        const courses = story.flatMap((limit) => coursesOf(limit, station, told(start, id)));
        for (const { resolved } of courses) expect(resolved).toBeLessThan(CYCLE_SECONDS);
      }
    });
  });

  test.for([
    ['pbg-r05', 'awas'],
    ['pbg-r03', 'siaga'],
  ] as const)('sees %s fall below %s again when the river is higher than all year', ([id, level]) => {
    const { station, basin } = playerNamed(id);
    if (basin === undefined) throw new Error('no basin');
    const river = createRiver(createRain(1), basin);
    const hoursOfYear = Array.from({ length: 365 * 24 }, (_, i) => YEAR + i * HOUR_MS);
    const begin = hoursOfYear.reduce((best, at) => (river.stage(at) > river.stage(best) ? at : best));
    const start = { seed: 1, begin, first: 0 };
    const limit = Number(station.attributes[level]);
    expect(ordinarily(start, id).every(({ values }) => (values.get('stage') ?? 0) > limit - 0.1)).toBe(true);
    const [course] = coursesAt(id, level, told(start, id));
    expect(course?.resolved).toBeLessThan(360);
  });

  test('sees rain first, then crests down the rivers, tens of seconds apart', () => {
    law((start) => {
      const rains = ['pbg-c01', 'pbg-c02', 'pbg-c03'].map((id) => {
        const usual = new Map(seriesOf(ordinarily(start, id), 'rainfall'));
        return seriesOf(told(start, id), 'rainfall').find(([second, mm]) => mm > (usual.get(second) ?? 0))?.[0] ?? 0;
      });
      const crests = ['pbg-r05', 'pbg-r01', 'pbg-r02', 'pbg-r03'].map((id) => crestOf(told(start, id))[0]);
      const order = [...rains, ...crests];
      expect(rains[0]).toBeGreaterThanOrEqual(30);
      expect(rains[0]).toBeLessThan(60);
      for (const [i, second] of order.entries()) if (i > 0) expect(second).toBeGreaterThan(order[i - 1] ?? 0);
      for (const [i, second] of crests.entries()) {
        if (i > 0) expect(second - (crests[i - 1] ?? 0)).toBeGreaterThanOrEqual(20);
        if (i > 0) expect(second - (crests[i - 1] ?? 0)).toBeLessThanOrEqual(90);
      }
    });
  });

  test('sees the particles of town and market washed out while it rains, and back after it', () => {
    law((start) => {
      const series = ['pbg-a01', 'pbg-a02', 'pbg-a03'].flatMap((id) => {
        const [said, usual] = [told(start, id), ordinarily(start, id)];
        return ['pm1', 'pm2_5', 'pm10'].map((property) => ({
          said: seriesOf(said, property),
          usual: new Map(seriesOf(usual, property)),
        }));
      });
      for (const { said, usual } of series) {
        const isDry = (second: number): boolean => second < 30 || second > 420;
        const dry = said.filter(([second]) => isDry(second));
        expect(dry).toEqual([...usual].filter(([second]) => isDry(second)));
        const wet = said.filter(([second]) => second > 175 && second < 265);
        // half of the sensor's last decimal on either side
        expect(wet.filter(([second, value]) => value > 0.62 * (usual.get(second) ?? 0) + 0.1)).toEqual([]);
        expect(wet.length).toBeGreaterThan(10);
      }
    });
  });
});

describe('demo-storm', () => {
  const start: Start = { seed: 1, begin: instantOf('2026-11-24T03:00:00Z'), first: 0 };

  test('comes back every twelve minutes', () => {
    const hour = minutes(60);
    expect(coursesAt('pbg-w01-2', 'fire', told(start, 'pbg-w01-2', hour))).toHaveLength(5);
    expect(coursesAt('pbg-r05', 'awas', told(start, 'pbg-r05', hour))).toHaveLength(5);
    expect(coursesAt('pbg-r03', 'siaga', told(start, 'pbg-r03', hour))).toHaveLength(5);
  });

  test('moves no river by more than 0.6 m from one report to the next, over the end of a cycle too', () => {
    for (const id of ['pbg-r01', 'pbg-r02', 'pbg-r03', 'pbg-r05']) {
      const stages = seriesOf(told(start, id, minutes(25)), 'stage').map(([, stage]) => stage);
      for (const [i, stage] of stages.entries())
        if (i > 0) expect(Math.abs(stage - (stages[i - 1] ?? 0))).toBeLessThan(0.6);
      const atSeam = Math.abs((stages[144] ?? 0) - (stages[143] ?? 9));
      expect(atSeam).toBeLessThan(0.03);
    }
  });

  test('keeps stage, distance and discharge of a gauge in agreement', () => {
    for (const id of ['pbg-r01', 'pbg-r02', 'pbg-r03', 'pbg-r05']) {
      const { station, basin } = playerNamed(id);
      if (basin === undefined) throw new Error('no basin');
      for (const { values } of told(start, id)) {
        const [stage = 0, distance = 0, flow = 0] = ['stage', 'distance', 'flow'].map((name) => values.get(name));
        expect(stage + distance).toBeCloseTo(Number(station.attributes['h_ref']), 2);
        expect(stageAt(basin.rating, flow)).toBeCloseTo(stage, 2);
      }
    }
  });

  test('counts the same rain however often a gauge is read, in whole tips', () => {
    const part = demoStorm.partOf?.(playerNamed('pbg-c01'));
    const dry = new Map([['rainfall', 0]]);
    const between = (before: number, now: number): number =>
      part?.(dry, { before: { ms: before }, now: { ms: now } }).get('rainfall') ?? 0;
    const all = between(0, 1_440_000);
    expect(all).toBeCloseTo(60, 6);
    for (const step of [5_000, 7_300, 60_000]) {
      let sum = 0;
      for (let ms = 0; ms < 1_440_000; ms += step) {
        const mm = between(ms, Math.min(1_440_000, ms + step));
        expect(mm / 0.2).toBeCloseTo(Math.round(mm / 0.2), 6);
        sum += mm;
      }
      expect(sum).toBeCloseTo(all, 6);
    }
  });

  test('leaves all other devices alone, their mishaps too', () => {
    const others = cast().filter((player) => demoStorm.partOf?.(player) === undefined);
    expect(others.length).toBe(cast().length - 11);
    for (const { device } of others) {
      const plain = play({ ...onStage(start), scenarios: [] }, device.id, minutes(12));
      expect(told(start, device.id)).toEqual(plain);
    }
  });

  test('leaves the properties alone that it does not tell of', () => {
    const touched: Readonly<Record<string, readonly string[]>> = {
      'pbg-r03': ['stage', 'distance', 'flow'],
      'pbg-w01-2': ['temperature'],
      'pbg-c02': ['rainfall'],
      'pbg-a01': ['pm1', 'pm2_5', 'pm10'],
    };
    for (const [id, own] of Object.entries(touched)) {
      const without = (said: readonly Said[]) =>
        said.map(({ values }) => [...values].filter(([name]) => !own.includes(name)));
      expect(without(told(start, id))).toEqual(without(ordinarily(start, id)));
    }
  });
});
