import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#firmware-sim/calendar.ts';
import { inSequence, type Mishap, type Report } from '#firmware-sim/mishap.ts';
import { clockSkew } from '#firmware-sim/mishaps/clock-skew.ts';
import { dropOut } from '#firmware-sim/mishaps/drop-out.ts';
import { duplicate } from '#firmware-sim/mishaps/duplicate.ts';
import { MISHAPS } from '#firmware-sim/mishaps/index.ts';
import { reboot } from '#firmware-sim/mishaps/reboot.ts';
import { spike } from '#firmware-sim/mishaps/spike.ts';
import { stuck } from '#firmware-sim/mishaps/stuck.ts';
import { createRandom, keyOf } from '#firmware-sim/random.ts';
import { air } from '#model/families/air.ts';
import { river } from '#model/families/river.ts';
import type { Family } from '#model/readings/family.ts';
import { instantOf } from '#test/support/clocks/instant-of.ts';

const START = instantOf('2026-01-01T00:00:00Z');

const reportsOf = (family: Family, count: number, step = MINUTE_MS): readonly Report[] =>
  Array.from({ length: count }, (_, i) => {
    const at = START + i * step;
    return { at, time: at, values: new Map([[family.headline, i]]), isAfterBoot: false };
  });

const suffered = (mishap: Mishap, family: Family, reports: readonly Report[], rate = mishap.usualRate) => {
  const trouble = mishap.begin(createRandom(keyOf(1, mishap.name)), rate, family);
  return reports.map((report) => ({ report, made: trouble(report) }));
};

describe.for(MISHAPS)('the mishap $name', (mishap) => {
  test('does the same again with the same seed', () => {
    const reports = reportsOf(river, 3_000);
    expect(suffered(mishap, river, reports)).toEqual(suffered(mishap, river, reports));
  });

  test('leaves the report that it was given as it was', () => {
    const reports = reportsOf(river, 500);
    suffered(mishap, river, reports, 1);
    expect(reports).toEqual(reportsOf(river, 500));
  });
});

describe('mishaps', () => {
  test('spike: one value in two thousand is far off, half a metre to three in a river', () => {
    const all = suffered(spike, river, reportsOf(river, 40_000));
    const offs = all.map(({ report, made }) => (made[0]?.values.get('stage') ?? 0) - (report.values.get('stage') ?? 0));
    const spikes = offs.filter((off) => off !== 0);
    expect(spikes.length).toBeGreaterThan(8);
    expect(spikes.length).toBeLessThan(40);
    expect(Math.min(...spikes)).toBeGreaterThanOrEqual(0.5);
    expect(Math.max(...spikes)).toBeLessThanOrEqual(3);
  });

  test('spike: elsewhere 5 to 20 times the noise, up or down', () => {
    const all = suffered(spike, air, reportsOf(air, 1_000), 1);
    const offs = all.map(({ report, made }) => (made[0]?.values.get('pm2_5') ?? 0) - (report.values.get('pm2_5') ?? 0));
    for (const off of offs) expect(Math.abs(off)).toBeGreaterThanOrEqual(4.9);
    for (const off of offs) expect(Math.abs(off)).toBeLessThanOrEqual(20.1);
    expect(offs.some((off) => off > 0) && offs.some((off) => off < 0)).toBe(true);
  });

  test('stuck: the headline repeats its last value for hours, six on average, and then lives again', () => {
    const all = suffered(stuck, river, reportsOf(river, 200_000), 1);
    const isFrozen = all.map(({ report, made }) => made[0]?.values.get('stage') !== report.values.get('stage'));
    const stays = isFrozen.filter((frozen, i) => frozen && isFrozen[i - 1] !== true).length;
    expect(stays).toBeGreaterThan(60);
    const meanHours = isFrozen.filter(Boolean).length / stays / 60;
    expect(meanHours).toBeGreaterThan(4);
    expect(meanHours).toBeLessThan(8);
    expect(isFrozen.at(0)).toBe(false);
  });

  test('drop-out: one report in a hundred is missing, and most of them in bad times', () => {
    const good = suffered(dropOut, river, reportsOf(river, 50_000), 0);
    expect(good.filter(({ made }) => made.length === 0).length / good.length).toBeCloseTo(0.01, 2);
    const troubled = suffered(dropOut, river, reportsOf(river, 50_000), 1_000);
    expect(troubled.filter(({ made }) => made.length === 0).length / troubled.length).toBeGreaterThan(0.5);
  });

  test('clock-skew: a clock is some seconds off, drifts by seconds a day, and steps at a boot', () => {
    const reports = reportsOf(river, 2_000, HOUR_MS).map((report, i) => ({ ...report, isAfterBoot: i === 1_000 }));
    const offsets = suffered(clockSkew, river, reports, 0).map(({ report, made }) => (made[0]?.time ?? 0) - report.at);
    const [first = 0, last = 0, booted = 0] = [offsets[0], offsets[999], offsets[1_000]];
    expect(Math.abs(first)).toBeLessThan(10_000);
    expect(first).not.toBe(last);
    // 20 ppm times four standard deviations over 42 days
    expect(Math.abs(last - first)).toBeLessThan(80e-6 * 1_000 * HOUR_MS);
    expect(Math.abs(booted)).toBeLessThan(10_000);
  });

  test('clock-skew: a boot in a thousand starts at 1970 or seven hours ahead', () => {
    const boots = reportsOf(river, 20_000, DAY_MS / 4).map((report) => ({ ...report, isAfterBoot: true }));
    const wrong = suffered(clockSkew, river, boots)
      .map(({ report, made }) => ({ off: (made[0]?.time ?? 0) - report.at, time: made[0]?.time ?? 0 }))
      .filter(({ off }) => Math.abs(off) > MINUTE_MS);
    expect(wrong.length).toBeGreaterThan(5);
    expect(wrong.length).toBeLessThan(45);
    for (const { off, time } of wrong) expect(off === 7 * HOUR_MS || time < DAY_MS).toBe(true);
    expect(new Set(wrong.map(({ off }) => off === 7 * HOUR_MS)).size).toBe(2);
  });

  test('duplicate: one report in two hundred is made twice, equal in all', () => {
    const all = suffered(duplicate, river, reportsOf(river, 40_000));
    const twice = all.filter(({ made }) => made.length === 2);
    expect(twice.length / all.length).toBeCloseTo(0.005, 2);
    expect(twice.length).toBeGreaterThan(100);
    for (const { made } of twice) expect(made[1]).toEqual(made[0]);
  });

  test('reboot: a device starts anew once in twenty days', () => {
    const all = suffered(reboot, river, reportsOf(river, 400 * 24, HOUR_MS));
    const boots = all.filter(({ made }) => made[0]?.isAfterBoot === true).length;
    expect(boots).toBeGreaterThan(8);
    expect(boots).toBeLessThan(36);
  });

  test('go one after another: what one takes away the next does not see', () => {
    const gone = inSequence([() => [], (report) => [report, report]]);
    const [report] = reportsOf(river, 1);
    if (report === undefined) throw new Error('no report');
    expect(gone(report)).toEqual([]);
    expect(inSequence([(each) => [each, each], (each) => [each, each]])(report)).toHaveLength(4);
  });
});
