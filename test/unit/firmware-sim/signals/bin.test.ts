import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, localHour, startOfLocalDay } from '#firmware-sim/calendar.ts';
import { type BinShape, createBin, depositsIn } from '#firmware-sim/signals/bin.ts';

const MARKET: BinShape = { use: 'market', capacity: 1_000 };
const DAY = 20_500;
const START = startOfLocalDay(DAY);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('a waste bin', () => {
  test('fills as a compound Poisson process must: rate times mean volume over capacity', () => {
    // from the emptying at 05:00 to noon, in many bins; a missed one leaves more, one out of turn less; some settles
    const expected = Array.from({ length: 7 }, (_, i) => depositsIn(MARKET, DAY, 5 + i)).reduce((a, b) => a + b, 0);
    const fills = Array.from({ length: 400 }, (_, i) =>
      createBin(1, `bin-${i}`, MARKET).fill(START + 12 * HOUR_MS),
    ).filter((fill) => fill > 0.4 && fill < 0.9);
    expect(mean(fills)).toBeGreaterThan((0.95 * (expected * 3)) / 1_000);
    expect(mean(fills)).toBeLessThan((1.02 * (expected * 3)) / 1_000);
    const variance = mean(fills.map((fill) => (fill - mean(fills)) ** 2));
    // E[V²] = 2 E[V]² at a coefficient of variation of 1
    expect(variance / ((expected * 2 * 9) / 1_000_000)).toBeGreaterThan(0.7);
    expect(variance / ((expected * 2 * 9) / 1_000_000)).toBeLessThan(1.3);
  });

  test('stays between empty and full, falls slowly but for emptyings, and is emptied most mornings', () => {
    const bin = createBin(1, 'pbg-w01-1', MARKET);
    let emptied = 0;
    let before = bin.fill(START);
    for (let at = START + 10 * MINUTE_MS; at < START + 100 * DAY_MS; at += 10 * MINUTE_MS) {
      const now = bin.fill(at);
      expect(now).toBeGreaterThanOrEqual(0);
      expect(now).toBeLessThanOrEqual(1);
      if (now < 0.05 && before - now > 0.01) emptied += 1;
      else expect(before - now).toBeLessThan(0.01);
      before = now;
    }
    expect(emptied).toBeGreaterThan(80);
    expect(emptied).toBeLessThan(115);
  });

  test('fills fastest in a market in the morning', () => {
    const byHour = Array.from({ length: 24 }, (_, hour) => depositsIn(MARKET, DAY, hour));
    const busiest = byHour.indexOf(Math.max(...byHour));
    expect(busiest).toBeGreaterThanOrEqual(8);
    expect(busiest).toBeLessThan(11);
    expect(localHour(START + busiest * HOUR_MS)).toBe(busiest);
  });
});
