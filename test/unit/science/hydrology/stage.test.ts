import { describe, expect, test } from 'vitest';
import {
  compensatedDistance,
  floodMonitoring,
  type Mounting,
  speedOfSound,
  stageFromDistance,
} from '#science/hydrology/stage.ts';
import { inForce } from '#science/in-force.ts';

const FIRST: Mounting = { from: 1_000, reference: 8, blindZone: 0.25, range: 7.5 };
const SECOND: Mounting = { from: 2_000, reference: 7.85, blindZone: 0.25, range: 7.5, assumedCelsius: 20 };

describe('stage from distance', () => {
  test('is the reference height less the distance', () => {
    expect(stageFromDistance([FIRST], 5.03, 1_500)).toEqual({
      kind: 'stage',
      stage: 2.9699999999999998,
      distance: 5.03,
      uncompensated: false,
    });
  });

  test('uses the mounting of its time, in whatever order they are', () => {
    for (const mountings of [
      [FIRST, SECOND],
      [SECOND, FIRST],
    ]) {
      expect(stageFromDistance(mountings, 5, 1_999)).toMatchObject({ stage: 3 });
      expect(stageFromDistance(mountings, 5, 2_000)).toMatchObject({ stage: expect.closeTo(2.85, 9) });
    }
    expect(stageFromDistance([FIRST], 5, 999)).toEqual({ kind: 'missing', reason: 'not-mounted' });
  });

  test.for([
    [0.25, 'blind-zone'],
    [0.1, 'blind-zone'],
    [-1, 'blind-zone'],
    [7.5, 'no-echo'],
    [65.535, 'no-echo'],
    [Number.NaN, 'not-a-number'],
  ] as const)('is missing at %d m: %s', ([distance, reason]) => {
    expect(stageFromDistance([FIRST], distance, 1_500)).toEqual({ kind: 'missing', reason });
  });

  test('says where a sensor assumes a temperature that is not known', () => {
    expect(stageFromDistance([SECOND], 5, 2_000)).toMatchObject({ uncompensated: true });
    expect(stageFromDistance([SECOND], 5, 2_000, Number.NaN)).toMatchObject({ uncompensated: true });
    expect(stageFromDistance([SECOND], 5, 2_000, 20)).toMatchObject({ uncompensated: false, distance: 5 });
    expect(stageFromDistance([FIRST], 5, 1_500, 35)).toMatchObject({ uncompensated: false, distance: 5 });
  });
});

describe('the speed of sound', () => {
  test.for([
    [20, 343.2],
    [30, 349],
    [35, 351.9],
  ] as const)('at %d °C is %d m/s', ([celsius, speed]) => {
    expect(speedOfSound(celsius)).toBeCloseTo(speed, 1);
  });

  test('lets a sensor that assumes 20 °C read 2.46 % short at 35 °C', () => {
    const shown = compensatedDistance(5, 35, 20);
    expect(shown).toBeCloseTo(4.877, 3);
    expect(1 - shown / 5).toBeCloseTo(0.0246, 4);
    expect(compensatedDistance(5, 20, 35) - 5).toBeCloseTo(0.126, 3);
  });

  test('puts the stage right', () => {
    expect(stageFromDistance([SECOND], 4.877, 2_000, 35)).toMatchObject({ stage: expect.closeTo(2.85, 3) });
  });
});

test('the levels of FloodMonitoring count from the river bed', () => {
  const { referenceLevel, currentLevel } = floodMonitoring(8 - 5.03, 8, -0.6);
  expect(referenceLevel).toBeCloseTo(8.6, 9);
  expect(currentLevel).toBeCloseTo(3.57, 9);
});

test('of two versions that begin together the later in the list is in force', () => {
  expect(
    inForce(
      [
        { from: 1, name: 'a' },
        { from: 1, name: 'b' },
      ],
      5,
    )?.name,
  ).toBe('b');
  expect(inForce([], 5)).toBeUndefined();
});
