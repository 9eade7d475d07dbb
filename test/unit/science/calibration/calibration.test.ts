import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calibrated, correctedAt, type DatedCalibration } from '#science/calibration/calibration.ts';
import { detected, detectionLimit } from '#science/calibration/detection-limit.ts';

describe('a calibration', () => {
  test.for([
    [{ kind: 'offset', offset: -1.5 }, 10, 8.5],
    [{ kind: 'gain', gain: 0.8 }, 10, 8],
    [{ kind: 'gain', gain: 0.8, offset: 2 }, 10, 10],
    [{ kind: 'polynomial', coefficients: [1, 2, 3] }, 2, 17],
    [{ kind: 'polynomial', coefficients: [] }, 2, 0],
  ] as const)('%j makes of %d %d', ([calibration, raw, value]) => {
    expect(calibrated(calibration, raw)).toBe(value);
  });

  test('as a polynomial of two terms is a line', () => {
    const number = fc.double({ min: -1_000, max: 1_000, noNaN: true });
    fc.assert(
      fc.property(number, number, number, (gain, offset, raw) => {
        const line = calibrated({ kind: 'gain', gain, offset }, raw);
        expect(calibrated({ kind: 'polynomial', coefficients: [offset, gain] }, raw)).toBeCloseTo(line, 6);
      }),
    );
  });
});

describe('a dated calibration', () => {
  const versions: readonly DatedCalibration[] = [
    { id: 'a', from: 100, calibration: { kind: 'offset', offset: 1 } },
    { id: 'b', from: 200, until: 300, calibration: { kind: 'gain', gain: 2 }, range: [5, 50] },
  ];

  test('holds from its date until the next one or its end', () => {
    const by = [99, 100, 199, 200, 299, 300].map((at) => correctedAt(versions, 10, at)?.correctedBy);
    expect(by).toEqual([undefined, 'a', 'a', 'b', 'b', undefined]);
  });

  test('names what has corrected the value, and says where it is extrapolated', () => {
    expect(correctedAt(versions, 10, 250)).toEqual({ value: 20, correctedBy: 'b', extrapolated: false });
    expect(correctedAt(versions, 4, 250)).toEqual({ value: 8, correctedBy: 'b', extrapolated: true });
    expect(correctedAt(versions, 51, 250)).toMatchObject({ extrapolated: true });
    expect(correctedAt(versions, 1e6, 150)).toMatchObject({ extrapolated: false });
  });
});

describe('a detection limit', () => {
  test('marks what is below it', () => {
    expect(detected(4.9, 5)).toEqual({ value: 4.9, below: true });
    expect(detected(5, 5)).toEqual({ value: 5, below: false });
  });

  test('puts something else in place of it where a rule asks for that', () => {
    expect(detected(1, 5, 'zero').value).toBe(0);
    expect(detected(1, 5, 'half').value).toBe(2.5);
    expect(detected(1, 5, 'root-two').value).toBeCloseTo(3.5355, 4);
    expect(detected(6, 5, 'zero').value).toBe(6);
  });

  test('is the mean of clean air and three standard deviations', () => {
    expect(detectionLimit([1, 2, 3])).toBe(5);
    expect(detectionLimit([2, 2, 2, 2])).toBe(2);
    expect(detectionLimit([1, 2, 3], 2)).toBe(4);
    expect(detectionLimit([1])).toBeUndefined();
  });
});
