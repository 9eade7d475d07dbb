import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RISE_SETTINGS, riseRate, type StageSample, timeToThreshold } from '#science/hydrology/rise.ts';

const MINUTE = 60_000;
const START = 1_790_726_400_000;
const LEVELS = [1.8, 1.84, 1.91, 1.97, 2.02, 2.09, 2.15];

/** One sample every five minutes. */
const everyFive = (stages: readonly number[]): readonly StageSample[] =>
  stages.map((stage, i) => ({ at: START + i * 5 * MINUTE, stage }));

const hoursOf = (samples: readonly StageSample[], threshold: number) => {
  const forecast = timeToThreshold(samples, threshold);
  if (forecast.kind === 'none') throw new Error(forecast.reason);
  return forecast.hours;
};

describe('the worked example', () => {
  test('rises by 0.72 m/h and reaches 2.50 m in 29.17 min, between 26.92 and 31.82', () => {
    const samples = everyFive(LEVELS);
    expect(riseRate(samples)?.slope).toBeCloseTo(0.72, 9);
    const hours = hoursOf(samples, 2.5);
    expect(hours.expected * 60).toBeCloseTo(29.17, 2);
    expect((hours.earliest ?? Number.NaN) * 60).toBeCloseTo(26.92, 2);
    expect((hours.latest ?? Number.NaN) * 60).toBeCloseTo(31.82, 2);
  });

  test('with one spike has the same time, the late bound, and no early bound', () => {
    const hours = hoursOf(everyFive(LEVELS.with(5, 4.09)), 2.5);
    expect(hours.expected * 60).toBeCloseTo(29.17, 2);
    expect((hours.latest ?? Number.NaN) * 60).toBeCloseTo(31.82, 2);
    expect(hours.earliest).toBeUndefined();
  });
});

describe('a rate', () => {
  test('needs five samples over a quarter of an hour', () => {
    expect(riseRate(everyFive(LEVELS.slice(0, 4)))).toBeUndefined();
    expect(riseRate(everyFive(LEVELS.slice(0, 5)))).toBeDefined();
    const quick = LEVELS.map((stage, i) => ({ at: START + i * MINUTE, stage }));
    expect(riseRate(quick)).toBeUndefined();
    expect(riseRate([])).toBeUndefined();
  });

  test('leaves out what is older than the window, and missing stages', () => {
    const samples = everyFive([9, 9, 9, ...LEVELS]);
    expect(riseRate(samples)?.slope).toBeCloseTo(0.72, 9);
    const gap = everyFive([...LEVELS, Number.NaN]);
    expect(riseRate(gap)?.slope).toBeCloseTo(0.72, 9);
  });

  test('does not depend on the order of the samples', () => {
    expect(riseRate(everyFive(LEVELS).toReversed())?.slope).toBeCloseTo(0.72, 9);
  });
});

describe('no forecast', () => {
  const reason = (stages: readonly number[], threshold: number) => {
    const forecast = timeToThreshold(everyFive(stages), threshold);
    return forecast.kind === 'none' ? forecast.reason : 'forecast';
  };

  test('is made of too few samples', () => {
    expect(reason([], 2)).toBe('too-few-samples');
    expect(reason(LEVELS.slice(0, 4), 2.5)).toBe('too-few-samples');
    expect(reason(LEVELS.slice(0, 5), 2.5)).toBe('too-few-samples'); // the window before has four
  });

  test('is made of a threshold that is reached', () => {
    expect(reason(LEVELS, 2.15)).toBe('reached');
    expect(reason(LEVELS.slice(0, 2), 1)).toBe('reached');
  });

  test('is made of a river that falls, stands or rises within the noise', () => {
    expect(reason(LEVELS.toReversed(), 2.5)).toBe('not-rising');
    expect(
      reason(
        LEVELS.map(() => 2),
        2.5,
      ),
    ).toBe('not-rising');
    expect(
      reason(
        LEVELS.map((_, i) => 2 + 0.003 * i),
        2.5,
      ),
    ).toBe('not-rising');
  });

  test('is made of a rise that the window before does not have', () => {
    expect(reason([2.4, 2.3, 2.2, 2.05, 2.1, 2.15, 2.25, 2.45], 2.5)).toBe('not-confirmed');
  });

  test('is made of a threshold beyond six hours', () => {
    expect(reason(LEVELS, 2.15 + 0.72 * 5.99)).toBe('forecast');
    expect(reason(LEVELS, 2.15 + 0.72 * 6.01)).toBe('beyond-horizon');
  });
});

describe('the bounds', () => {
  test('are absent where the lower slope is within the noise', () => {
    const hours = hoursOf(everyFive([2, 2.03, 2.01, 2.04, 2.02, 2.06, 2.05]), 2.5);
    expect(hours.latest).toBeUndefined();
  });

  test('hold the expected time between them', () => {
    const step = fc.integer({ min: 0, max: 120 });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 7, maxLength: 7 }),
        fc.integer({ min: 1, max: 3_000 }),
        (steps, above) => {
          let stage = 1;
          const stages = steps.map((millimetres) => (stage += millimetres / 1_000));
          const forecast = timeToThreshold(everyFive(stages), stage + above / 1_000);
          if (forecast.kind === 'none') return;
          const { expected, earliest = 0, latest = Number.POSITIVE_INFINITY } = forecast.hours;
          expect(forecast.rate).toBeGreaterThanOrEqual(RISE_SETTINGS.noiseFloor);
          expect(expected).toBeLessThanOrEqual(RISE_SETTINGS.horizonHours);
          expect(earliest).toBeLessThanOrEqual(expected);
          expect(latest).toBeGreaterThanOrEqual(expected);
        },
      ),
    );
  });
});
