import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkRatingCurve,
  dischargeAt,
  type RatingCurve,
  segmentThrough,
  stageAt,
} from '#science/hydrology/rating-curve.ts';

const DEMO: RatingCurve = { segments: [{ to: 6, a: 35, h0: 0.2, b: 1.7 }], gauged: [0.3, 4] };

describe('the metric demo curve', () => {
  test.for([
    [0.1, 0],
    [0.5, 4.52],
    [1, 23.951],
    [1.5, 54.673],
    [2, 95.067],
    [3, 201.482],
    [4, 338.61],
  ] as const)('gives at %d m %d m³/s', ([stage, discharge]) => {
    expect(dischargeAt(DEMO, stage)?.discharge).toBeCloseTo(discharge, 3);
  });

  test.for([
    [10, 0.6786],
    [100, 2.0544],
    [400, 4.3913],
  ] as const)('has %d m³/s at %d m', ([discharge, stage]) => {
    expect(stageAt(DEMO, discharge)).toBeCloseTo(stage, 4);
  });

  test('is extrapolated outside the gauged range, whose ends belong to it', () => {
    const marks = [0.29, 0.3, 4, 4.01].map((stage) => dischargeAt(DEMO, stage)?.extrapolated);
    expect(marks).toEqual([true, false, false, true]);
  });
});

describe('a curve in two segments (USGS 12334510, feet and cubic feet)', () => {
  const low = segmentThrough({ stage: 4.24, discharge: 41.26 }, { stage: 6.05, discharge: 1_021.69 }, 3.4);
  const high = segmentThrough({ stage: 6.05, discharge: 1_021.69 }, { stage: 8.95, discharge: 6_506.63 }, 3.6);
  const curve: RatingCurve = { segments: [low, high].filter((one) => one !== undefined), gauged: [4.24, 8.95] };

  test('has the constants of its points', () => {
    expect(low?.b).toBeCloseTo(2.793353, 6);
    expect(low?.a).toBeCloseTo(67.149676, 5);
    expect(high?.b).toBeCloseTo(2.370478, 6);
    expect(high?.a).toBeCloseTo(122.126387, 5);
  });

  test.for([
    [4.24, 41.26],
    [5, 249.588],
    [6.05, 1_021.69],
    [7, 2_221.614],
    [8, 4_093.548],
    [8.95, 6_506.63],
  ] as const)('gives at %d ft %d cubic feet a second', ([stage, discharge]) => {
    expect(dischargeAt(curve, stage)?.discharge).toBeCloseTo(discharge, 3);
    expect(stageAt(curve, discharge)).toBeCloseTo(stage, 5);
  });

  test('has no segment where the points do not determine one', () => {
    expect(segmentThrough({ stage: 4, discharge: 10 }, { stage: 4, discharge: 10 }, 3)).toBeUndefined();
    expect(segmentThrough({ stage: 4, discharge: 10 }, { stage: 5, discharge: 9 }, 3)).toBeUndefined();
    expect(segmentThrough({ stage: 4, discharge: 10 }, { stage: 5, discharge: 20 }, 4.5)).toBeUndefined();
  });
});

describe('shifts', () => {
  const shifted: RatingCurve = {
    ...DEMO,
    shifts: [
      { from: 1_000, shift: -0.1 },
      { from: 2_000, shift: 0.05 },
    ],
  };

  test('hold from their date until the next one', () => {
    const at = (time: number) => dischargeAt(shifted, 1, time);
    expect(at(999)).toMatchObject({ shift: 0 });
    expect(at(1_000)?.discharge).toBeCloseTo(dischargeAt(DEMO, 0.9)?.discharge ?? Number.NaN, 9);
    expect(at(1_999)).toMatchObject({ shift: -0.1 });
    expect(at(2_000)?.discharge).toBeCloseTo(dischargeAt(DEMO, 1.05)?.discharge ?? Number.NaN, 9);
  });

  test('move the stage before the gauged range is asked', () => {
    expect(dischargeAt(shifted, 0.35, 1_500)?.extrapolated).toBe(true);
    expect(dischargeAt(shifted, 0.35)?.extrapolated).toBe(false);
  });
});

describe('a curve that jumps up at a junction', () => {
  const jumping: RatingCurve = {
    segments: [
      { to: 1.2, a: 18, h0: 0.1, b: 1.6 },
      { to: 4, a: 14.5, h0: -0.05, b: 2.05 },
    ],
    gauged: [0.3, 4],
  };

  test('has the junction for every discharge that it jumps over', () => {
    expect(stageAt(jumping, 20.965)).toBeCloseTo(1.2, 4);
    expect(stageAt(jumping, 22)).toBe(1.2);
    expect(stageAt(jumping, 338.568505)).toBeCloseTo(4.6, 6);
  });

  test('has a stage for a discharge, and none for nothing', () => {
    for (const none of [0, -1, Number.NaN]) expect(stageAt(jumping, none)).toBeUndefined();
    expect(dischargeAt(jumping, Number.NaN)).toBeUndefined();
  });

  test('never gives less for a higher stage', () => {
    const stage = fc.double({ min: -2, max: 10, noNaN: true });
    fc.assert(
      fc.property(stage, stage, (a, b) => {
        const [low, high] = [dischargeAt(jumping, Math.min(a, b)), dischargeAt(jumping, Math.max(a, b))];
        expect(high?.discharge).toBeGreaterThanOrEqual(low?.discharge ?? Number.NaN);
      }),
    );
  });

  test('gives back the stage of its discharge', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.15, max: 6, noNaN: true }), (stage) => {
        expect(stageAt(jumping, dischargeAt(jumping, stage)?.discharge ?? Number.NaN)).toBeCloseTo(stage, 6);
      }),
    );
  });
});

describe('a curve that cannot be used', () => {
  const [segment] = DEMO.segments;

  test('is refused with the reason', () => {
    expect(() => checkRatingCurve(DEMO)).not.toThrow();
    expect(() => checkRatingCurve({ segments: [], gauged: [0, 1] })).toThrow('at least one segment');
    if (segment === undefined) throw new Error('the demo curve has a segment');
    expect(() => checkRatingCurve({ ...DEMO, segments: [{ ...segment, b: 0 }] })).toThrow('above 0');
    expect(() => checkRatingCurve({ ...DEMO, segments: [segment, segment] })).toThrow('from the lowest stage');
    expect(() => checkRatingCurve({ ...DEMO, gauged: [4, 4] })).toThrow('gauged range');
    expect(dischargeAt({ segments: [], gauged: [0, 1] }, 1)).toBeUndefined();
    expect(stageAt({ segments: [], gauged: [0, 1] }, 1)).toBeUndefined();
  });
});
