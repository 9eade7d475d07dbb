import { describe, expect, test } from 'vitest';
import { HOUR_MS } from '#firmware-sim/calendar.ts';
import { flood } from '#firmware-sim/scenarios/flood.ts';
import { minutes } from '#model/base/duration.ts';
import { instantOf } from '#test/support/clocks/instant-of.ts';
import { coursesAt, play, type Said, seriesOf, type Stage } from './played.ts';

/** Ten simulated minutes from report to report; two days in 24 real minutes. */
const SPEED_UP = 120;
const LENGTH = minutes(24);

/** Alerts by the clock of the simulation: its seconds since the start. */
const told = (id: string, begin: string, scenarios: Stage['scenarios'] = [flood]): readonly Said[] =>
  play({ scenarios, seed: 1, begin: instantOf(begin), speedUp: SPEED_UP, mishaps: false }, id, LENGTH).map(
    ({ second, values }) => ({ second: second * SPEED_UP, values }),
  );

const HOUR = HOUR_MS / 1_000;
const highest = (said: readonly Said[], property: string): readonly [number, number] =>
  seriesOf(said, property).reduce((best, each) => (each[1] > best[1] ? each : best));

describe.for(['2026-11-24T03:00:00Z', '2026-08-01T03:00:00Z', '2026-02-10T00:00:00Z'])(
  'a flood that starts at %s',
  (begin) => {
    test('begins with some 100 mm of rain in five hours, first on the slope', () => {
      const onsets = ['pbg-c01', 'pbg-c02', 'pbg-c03'].map((id) => {
        const [wet, usual] = [told(id, begin), told(id, begin, [])].map((said) => seriesOf(said, 'rainfall'));
        const more = wet?.map(([second, mm], i) => [second, mm - (usual?.[i]?.[1] ?? 0)] as const) ?? [];
        const total = more.reduce((sum, [, mm]) => sum + mm, 0);
        expect(total).toBeGreaterThan(80);
        expect(total).toBeLessThan(160);
        const raining = more.filter(([, mm]) => mm > 1).map(([second]) => second);
        expect((raining.at(-1) ?? 0) - (raining[0] ?? 0)).toBeLessThan(5 * HOUR);
        return raining[0] ?? 0;
      });
      expect(onsets).toEqual(onsets.toSorted((a, b) => a - b));
      expect(new Set(onsets).size).toBe(3);
    });

    test('has its crest later the farther down the Klawing', () => {
      const crests = ['pbg-r01', 'pbg-r02', 'pbg-r03', 'pbg-r06'].map((id) => highest(told(id, begin), 'stage')[0]);
      for (const [i, second] of crests.entries()) if (i > 0) expect(second).toBeGreaterThan(crests[i - 1] ?? 0);
      expect(crests[0]).toBeGreaterThan(4 * HOUR);
      expect(crests[3]).toBeLessThan(12 * HOUR);
    });

    test('goes over awas at Bancar for hours, and is over within two days', () => {
      const said = told('pbg-r03', begin);
      for (const level of ['siaga', 'awas']) {
        const courses = coursesAt('pbg-r03', level, said);
        expect(courses).toHaveLength(1);
        const [{ fired, resolved = Number.NaN } = { fired: 0 }] = courses;
        expect(resolved - fired).toBeGreaterThan(2 * HOUR);
        expect(resolved).toBeLessThan(16 * HOUR);
      }
    });

    test('leaves rivers alone before it rains', () => {
      const [wet, usual] = [told('pbg-r03', begin), told('pbg-r03', begin, [])];
      for (const [i, { second, values }] of wet.entries()) {
        if (second < 2 * HOUR) expect(values.get('stage')).toBe(usual[i]?.values.get('stage'));
      }
    });
  },
);
