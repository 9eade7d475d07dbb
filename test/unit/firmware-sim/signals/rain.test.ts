import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, localHour } from '#firmware-sim/calendar.ts';
import { createGauge } from '#firmware-sim/signals/gauge.ts';
import { createRain, SLOT_MS } from '#firmware-sim/signals/rain.ts';
import { instantOf } from '#test/support/clocks/instant-of.ts';

const YEAR = instantOf('2026-01-01T00:00:00Z');
const UPPER = { lat: -7.23, lon: 109.36 };
const LOWER = { lat: -7.43, lon: 109.36 };
const rain = createRain(1);
const slots = Array.from({ length: (365 * DAY_MS) / SLOT_MS }, (_, i) => YEAR + i * SLOT_MS);
const totalAt = (place: typeof UPPER, during: (at: number) => boolean): number =>
  slots.filter(during).reduce((sum, at) => sum + (rain.rate(place, at) * SLOT_MS) / HOUR_MS, 0);

describe('rain', () => {
  test('falls as much in a year as it does between Slamet and the plain: 2 to 5 m, more on the slope', () => {
    const [upper, lower] = [totalAt(UPPER, () => true), totalAt(LOWER, () => true)];
    expect(lower).toBeGreaterThan(2_000);
    expect(upper).toBeLessThan(5_000);
    expect(upper).toBeGreaterThan(lower);
  });

  test('falls mostly in the afternoon and in the wet season', () => {
    const all = totalAt(LOWER, () => true);
    const afternoon = totalAt(LOWER, (at) => localHour(at) >= 14 && localHour(at) < 22);
    const dryMonths = totalAt(
      LOWER,
      (at) => at >= instantOf('2026-06-01T00:00:00Z') && at < instantOf('2026-09-01T00:00:00Z'),
    );
    expect(afternoon / all).toBeGreaterThan(0.5);
    expect(dryMonths / all).toBeLessThan(0.15);
  });

  test('comes in spells: after a wet slot another is likelier than after a dry one', () => {
    const wet = slots.map((at) => rain.rate(UPPER, at) > 0);
    const share = (before: boolean): number => {
      const after = wet.filter((_, i) => i > 0 && wet[i - 1] === before);
      return after.filter(Boolean).length / after.length;
    };
    expect(share(true)).toBeGreaterThan(0.7);
    expect(share(false)).toBeLessThan(0.05);
  });

  test('reaches the upper gauges first', () => {
    // 0.2 degrees at 5 m/s are 74 min
    const onsets = slots.filter((at) => rain.rate(UPPER, at) > 0 && rain.rate(UPPER, at - SLOT_MS) === 0);
    const follows = onsets.filter((at) => rain.rate(LOWER, at + 74 * 60_000) > 0);
    expect(onsets.length).toBeGreaterThan(100);
    expect(follows.length / onsets.length).toBeGreaterThan(0.9);
  });
});

describe('a tipping bucket', () => {
  test('counts the same rain however often it is read, in whole tips', () => {
    const gauge = createGauge(rain, UPPER);
    const [from, to] = [YEAR, YEAR + 20 * DAY_MS];
    const total = gauge.tipped(from, to);
    for (const step of [5 * 60_000, 7 * HOUR_MS]) {
      let sum = 0;
      for (let at = from; at < to; at += step) sum += gauge.tipped(at, Math.min(to, at + step));
      expect(sum).toBeCloseTo(total, 6);
    }
    expect(total).toBeGreaterThan(20);
    expect(total / 0.2).toBeCloseTo(Math.round(total / 0.2), 6);
  });

  test('never counts backwards', () => {
    const gauge = createGauge(rain, LOWER);
    for (let at = YEAR; at < YEAR + 30 * DAY_MS; at += 13 * 60_000) {
      expect(gauge.tipped(at, at + 13 * 60_000)).toBeGreaterThanOrEqual(0);
      expect(gauge.lastHour(at)).toBeGreaterThanOrEqual(0);
    }
  });
});
