import { describe, expect, test } from 'vitest';
import { createRandom, gauss, keyOf, uniform } from '#firmware-sim/random.ts';

const COUNT = 20_000;
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: readonly number[]): number => {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
};

describe('seeded randomness', () => {
  test('gives the same number for the same key and place, and others for other keys', () => {
    expect(uniform(keyOf(1, 'a'), 5)).toBe(uniform(keyOf(1, 'a'), 5));
    expect(uniform(keyOf(1, 'a'), 5)).not.toBe(uniform(keyOf(2, 'a'), 5));
    expect(uniform(keyOf(1, 'a'), 5)).not.toBe(uniform(keyOf(1, 'b'), 5));
    expect(keyOf(1, 'ab', 'c')).not.toBe(keyOf(1, 'a', 'bc'));
  });

  // milliseconds since 1970 in steps of five seconds are what noise is drawn from
  test.for([
    [0, 1],
    [1_795_489_200_000, 5_000],
  ] as const)('is uniform and normal from %i on in steps of %i', ([from, step]) => {
    const key = keyOf(7, 'noise');
    const even = Array.from({ length: COUNT }, (_, i) => uniform(key, from + i * step));
    expect(mean(even)).toBeCloseTo(0.5, 1.7);
    expect(deviation(even)).toBeCloseTo(Math.sqrt(1 / 12), 2);
    const normal = Array.from({ length: COUNT }, (_, i) => gauss(key, from + i * step));
    expect(Math.abs(mean(normal))).toBeLessThan(0.03);
    expect(Math.abs(deviation(normal) - 1)).toBeLessThan(0.03);
    const pairs = normal.slice(1).map((value, i) => value * (normal[i] ?? 0));
    expect(Math.abs(mean(pairs))).toBeLessThan(0.03);
  });

  test('runs on in order from a key', () => {
    const [a, b] = [createRandom(3), createRandom(3)];
    expect([a.next(), a.gauss(), a.next()]).toEqual([b.next(), b.gauss(), b.next()]);
    expect(Array.from({ length: COUNT }, () => a.chance(0.1)).filter(Boolean).length / COUNT).toBeCloseTo(0.1, 2);
  });
});
