import { describe, expect, test } from 'vitest';
import { backoff } from '#firmware-sim/device/backoff.ts';
import { createRandom, keyOf } from '#firmware-sim/random.ts';

const delays = (attempt: number, devices: number): readonly number[] =>
  Array.from({ length: devices }, (_, i) => backoff(attempt, createRandom(keyOf(1, `dev-${i}`))).ms);

describe('the back-off', () => {
  test.for([
    [0, 1_000],
    [1, 2_000],
    [3, 8_000],
    [6, 60_000],
    [40, 60_000],
  ] as const)('of attempt %i stays below %i ms and uses the whole span', ([attempt, bound]) => {
    const all = delays(attempt, 1_000);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...all)).toBeLessThanOrEqual(bound);
    expect(Math.max(...all)).toBeGreaterThan(0.95 * bound);
  });

  test('spreads a thousand devices that lost their broker together', () => {
    const perSecond = new Map<number, number>();
    for (const ms of delays(6, 1_000)) {
      const second = Math.floor(ms / 1_000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
    expect(perSecond.size).toBe(60);
    // 17 a second on average
    expect(Math.max(...perSecond.values())).toBeLessThan(40);
  });
});
