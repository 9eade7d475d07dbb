import { describe, expect, test } from 'vitest';
import { iku } from '#science/air/iku.ts';

describe('IKU', () => {
  test('is 88.6 for annual means of 12.2 µg/m³ of NO2 and 6.1 of SO2', () => {
    const result = iku([12.2], [6.1]);
    expect(result?.ieu).toBeCloseTo(0.305, 9);
    expect(result?.iku).toBeCloseTo(88.6, 1);
  });

  test('is formed from the mean of the sites', () => {
    expect(iku([8, 20, 10, 10.8], [4, 10, 5, 5.4])).toEqual(iku([12.2], [6.1]));
  });

  test('is 50 where both gases are at their reference values, and stays within 0 and 100', () => {
    expect(iku([40], [20])?.iku).toBeCloseTo(50, 9);
    expect(iku([0], [0])?.iku).toBe(100);
    expect(iku([400], [200])?.iku).toBe(0);
  });

  test('needs both gases', () => {
    expect(iku([], [5])).toBeUndefined();
    expect(iku([5], [])).toBeUndefined();
    expect(iku([Number.NaN], [5])).toBeUndefined();
  });
});
