import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BinGeometry, checkBinGeometry, fillFromDistance } from '#science/waste/fill.ts';
import { ECHO_SETTINGS, falseEchoes } from '#science/waste/false-echoes.ts';

const BIN: BinGeometry = { empty: 120, full: 20, blindZone: 3 };

describe('the fill of a bin', () => {
  test.for([
    [120, 0, undefined],
    [70, 50, undefined],
    [45, 75, undefined],
    [20, 100, undefined],
    [10, 100, 'full'],
    [130, 0, 'empty'],
  ] as const)('at %d cm is %d %%, clamped: %s', ([distance, fill, clamped]) => {
    expect(fillFromDistance(BIN, distance)).toEqual({ fill, clamped });
  });

  test('does not exist without a distance', () => {
    expect(fillFromDistance(BIN, Number.NaN)).toBeUndefined();
  });

  test('lies within 0 and 100 %, and falls with the distance', () => {
    const distance = fc.double({ min: -10, max: 700, noNaN: true });
    fc.assert(
      fc.property(distance, distance, (a, b) => {
        const [near, far] = [fillFromDistance(BIN, Math.min(a, b)), fillFromDistance(BIN, Math.max(a, b))];
        expect(near?.fill).toBeLessThanOrEqual(100);
        expect(far?.fill).toBeGreaterThanOrEqual(0);
        expect(near?.fill).toBeGreaterThanOrEqual(far?.fill ?? Number.NaN);
      }),
    );
  });

  test('needs a geometry that can be right', () => {
    expect(() => checkBinGeometry(BIN)).not.toThrow();
    expect(() => checkBinGeometry({ ...BIN, blindZone: 20 })).toThrow('above the blind zone');
    expect(() => checkBinGeometry({ ...BIN, empty: 20 })).toThrow('above that of a full one');
  });
});

describe('a false echo', () => {
  const verdicts = (...fills: readonly number[]) => falseEchoes(fills);

  test('is a reading far from those around it', () => {
    expect(verdicts(40, 41, 100, 42, 43)).toEqual(['true', 'true', 'false', 'true', 'true']);
    expect(verdicts(40, 41, 42, 0, 43, 44)).toEqual(['true', 'true', 'true', 'false', 'true', 'true']);
  });

  test('may be two in a row', () => {
    expect(verdicts(40, 41, 42, 100, 100, 43, 44, 45)).toEqual([
      'true',
      'true',
      'true',
      'false',
      'false',
      'true',
      'true',
      'true',
    ]);
    expect(falseEchoes([40, 41, 100, 42, 43], { ...ECHO_SETTINGS, neighbours: 1 })[2]).toBe('false');
  });

  test('is not an emptying', () => {
    expect(verdicts(70, 75, 80, 85, 90, 2, 3, 4)).not.toContain('false');
  });

  test('is not told of the newest readings', () => {
    expect(verdicts(40, 41, 42, 100)).toEqual(['true', 'true', 'true', 'pending']);
    expect(verdicts(40, 41, 42, 43, 100, 44)).toEqual(['true', 'true', 'true', 'true', 'pending', 'true']);
  });

  test('is not found in a bin that fills steadily and is emptied', () => {
    const cycle = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 4, maxLength: 30 });
    fc.assert(
      fc.property(fc.array(cycle, { minLength: 1, maxLength: 4 }), (cycles) => {
        const fills = cycles.flatMap((steps) => {
          let fill = 0;
          return steps.map((step) => (fill = Math.min(fill + step, 100)));
        });
        expect(falseEchoes(fills)).not.toContain('false');
      }),
    );
  });
});
