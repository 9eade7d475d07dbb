import { describe, expect, test } from 'vitest';
import { DAY_MS, MINUTE_MS } from '#firmware-sim/calendar.ts';
import { purbalingga } from '#firmware-sim/fleet/purbalingga.ts';
import { createRain, type Rain } from '#firmware-sim/signals/rain.ts';
import { createRiver, type River } from '#firmware-sim/signals/river.ts';
import { instantOf } from '#test/support/clocks/instant-of.ts';

const STEP = 10 * MINUTE_MS;
const NOON = instantOf('2026-02-01T05:00:00Z');

/** A sky that rains 30 mm/h everywhere for an hour, and is dry otherwise. */
const oneStorm: Rain = {
  skyTime: (_place, at) => at,
  rate: (_place, at) => (at >= NOON && at < NOON + 60 * MINUTE_MS ? 30 : 0),
};

const gaugeOn = (rain: Rain, station: string): River => {
  const basin = purbalingga.basins.get(station);
  if (basin === undefined) throw new Error(`no basin for ${station}`);
  return createRiver(rain, basin);
};

const peakOf = (river: River): { readonly minutes: number; readonly rise: number } => {
  const times = Array.from({ length: (2 * DAY_MS) / STEP }, (_, i) => NOON + i * STEP);
  const stages = times.map((at) => river.stage(at));
  const highest = Math.max(...stages);
  return { minutes: stages.indexOf(highest) * 10, rise: highest - river.stage(NOON - STEP) };
};

describe('a river after a storm', () => {
  test('rises at every gauge of the Klawing, later the farther down', () => {
    const peaks = ['PBG-R01', 'PBG-R02', 'PBG-R03', 'PBG-R06'].map((id) => peakOf(gaugeOn(oneStorm, id)));
    for (const { rise } of peaks) expect(rise).toBeGreaterThan(0.3);
    const minutes = peaks.map((peak) => peak.minutes);
    expect(minutes).toEqual([...minutes].sort((a, b) => a - b));
    expect(new Set(minutes).size).toBe(minutes.length);
    expect(minutes[0]).toBeGreaterThan(60);
    expect(minutes.at(-1)).toBeLessThan(720);
  });

  test('goes back to where it was in days', () => {
    const river = gaugeOn(oneStorm, 'PBG-R03');
    const before = river.stage(NOON - STEP);
    expect(river.stage(NOON + 10 * DAY_MS) - before).toBeLessThan(0.05);
  });
});

describe('a river through the wet season', () => {
  test('never jumps: its stage moves less than 0.5 m in ten minutes, over midnight too', () => {
    const river = gaugeOn(createRain(1), 'PBG-R03');
    const start = instantOf('2026-01-01T00:00:00Z');
    for (let at = start; at < start + 60 * DAY_MS; at += STEP) {
      expect(Math.abs(river.stage(at + STEP) - river.stage(at))).toBeLessThan(0.5);
    }
    for (let day = 1; day < 60; day += 1) {
      const at = start + day * DAY_MS + 1.6 * 3_600_000;
      expect(Math.abs(river.stage(at) - river.stage(at - 1_000))).toBeLessThan(0.01);
    }
  });

  test('reaches its levels as often as people would believe: waspada some times a month, awas some times a year', () => {
    const crossings = (id: string, level: string): number => {
      const river = gaugeOn(createRain(1), id);
      const limit = Number(purbalingga.stations.find((station) => station.id === id)?.attributes[level]);
      let count = 0;
      let isAbove = false;
      for (let at = instantOf('2026-01-01T00:00:00Z'); at < instantOf('2027-01-01T00:00:00Z'); at += STEP) {
        const isNow = river.stage(at) >= limit;
        if (isNow && !isAbove) count += 1;
        isAbove = isNow;
      }
      return count;
    };
    for (const id of purbalingga.basins.keys()) {
      expect(crossings(id, 'waspada')).toBeGreaterThan(5);
      expect(crossings(id, 'waspada')).toBeLessThan(60);
      expect(crossings(id, 'awas')).toBeLessThan(8);
    }
  });
});
