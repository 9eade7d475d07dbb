import { describe, expect, test } from 'vitest';
import { hourFactor, humidityGrowth, washout } from '#firmware-sim/signals/particles.ts';
import { standardPressure } from '#firmware-sim/signals/atmosphere.ts';

describe('particles', () => {
  test('peak before and at dawn, are low in the afternoon, and average to 1 over the day', () => {
    const day = Array.from({ length: 96 }, (_, i) => hourFactor(i / 4));
    expect(day.reduce((a, b) => a + b, 0) / day.length).toBeCloseTo(1, 3);
    expect(day.indexOf(Math.max(...day)) / 4).toBeGreaterThan(5);
    expect(day.indexOf(Math.max(...day)) / 4).toBeLessThan(8);
    expect(day.indexOf(Math.min(...day)) / 4).toBeGreaterThan(12);
    expect(day.indexOf(Math.min(...day)) / 4).toBeLessThan(17);
  });

  test('are washed out by rain, but never below 0.4', () => {
    expect(washout(0)).toBe(1);
    expect(washout(10)).toBeCloseTo(Math.exp(-0.3), 10);
    expect(washout(200)).toBe(0.4);
  });

  test.for([
    [40, 0.25, 1.101],
    [60, 0.25, 1.227],
    [75, 0.25, 1.455],
    [80, 0.25, 1.606],
    [90, 0.25, 2.364],
    [95, 0.25, 3.879],
    [100, 0.25, 3.879],
    [90, 0.15, 1.818],
    [90, 0.4, 3.182],
  ] as const)('are over-read at %i % humidity and κ %f by %f', ([humidity, kappa, factor]) => {
    expect(humidityGrowth(humidity, kappa)).toBeCloseTo(factor, 3);
  });
});

describe('the standard atmosphere', () => {
  test.for([
    [15, 1011],
    [60, 1006],
    [250, 984],
    [1_000, 899],
    [1_300, 866],
  ] as const)('has at %i m about %i hPa', ([elevation, pressure]) => {
    expect(Math.abs(standardPressure(elevation) - pressure)).toBeLessThan(1);
  });
});
