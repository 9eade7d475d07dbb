import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FLAG, parseFlag, worst } from '#model/readings/flag.ts';

const flags = fc.constantFrom(...Object.values(FLAG));

describe('the roll-up of two flags', () => {
  test('does not depend on their order', () => {
    fc.assert(fc.property(flags, flags, (a, b) => worst(a, b) === worst(b, a)));
  });

  test('does not depend on how three are grouped', () => {
    fc.assert(fc.property(flags, flags, flags, (a, b, c) => worst(worst(a, b), c) === worst(a, worst(b, c))));
  });

  test('leaves a flag that meets itself', () => {
    fc.assert(fc.property(flags, (a) => worst(a, a) === a));
  });

  test('never improves', () => {
    fc.assert(
      fc.property(flags, flags, (a, b) => {
        const rolled = worst(a, b);
        expect([a, b]).toContain(rolled);
        expect(worst(rolled, a)).toBe(rolled);
        expect(worst(rolled, b)).toBe(rolled);
      }),
    );
  });

  test('follows QARTOD: 9, 2, 1, 3, 4', () => {
    expect(worst(FLAG.MISSING, FLAG.UNKNOWN)).toBe(2);
    expect(worst(FLAG.UNKNOWN, FLAG.GOOD)).toBe(1);
    expect(worst(FLAG.GOOD, FLAG.SUSPECT)).toBe(3);
    expect(worst(FLAG.SUSPECT, FLAG.FAIL)).toBe(4);
  });
});

test('a flag is read from its number and from nothing else', () => {
  expect(Object.values(FLAG).map(parseFlag)).toEqual([1, 2, 3, 4, 9]);
  for (const other of [0, 5, 8, 10, -1, 1.5, Number.NaN]) expect(parseFlag(other)).toBeUndefined();
});
