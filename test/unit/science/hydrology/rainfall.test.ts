import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BBWS_DAY,
  BBWS_HOUR,
  BMKG_DAY,
  RAIN_CLASS_IDS,
  RAIN_TABLES,
  RAIN_WORDS,
  rainBetween,
  rainClass,
} from '#science/hydrology/rainfall.ts';

describe('the classes', () => {
  test('of BBWS Serayu Opak for an hour have their upper edge', () => {
    const words = [0.1, 1, 5, 5.1, 10, 10.1, 20, 20.1].map(
      (mm) => RAIN_WORDS[rainClass(BBWS_HOUR, mm) ?? 'extreme'].en,
    );
    expect(words).toEqual([
      'very light',
      'very light',
      'light',
      'moderate',
      'moderate',
      'heavy',
      'heavy',
      'very heavy',
    ]);
  });

  test('of BMKG for a day begin at 0.5 mm and end in extreme', () => {
    const classes = [0, 0.4, 0.5, 20, 20.2, 50, 100, 150, 150.2].map((mm) => rainClass(BMKG_DAY, mm));
    expect(classes).toEqual([
      undefined,
      undefined,
      'light',
      'light',
      'moderate',
      'moderate',
      'heavy',
      'very-heavy',
      'extreme',
    ]);
  });

  test('of BBWS Serayu Opak for a day begin at 0.1 mm and have no extreme', () => {
    expect([0.05, 0.1, 100, 160].map((mm) => rainClass(BBWS_DAY, mm))).toEqual([
      undefined,
      'light',
      'heavy',
      'very-heavy',
    ]);
  });

  test('are not changed by the error of a sum of tips', () => {
    const sum = Array.from({ length: 100 }, () => 0.2).reduce((total, tip) => total + tip, 0);
    expect(sum).not.toBe(20);
    expect(rainClass(BMKG_DAY, sum)).toBe('light');
  });

  test('never fall with more rain', () => {
    const rank = (id: (typeof RAIN_CLASS_IDS)[number] | undefined) =>
      id === undefined ? -1 : RAIN_CLASS_IDS.indexOf(id);
    const millimetres = fc.double({ min: 0, max: 400, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...RAIN_TABLES), millimetres, millimetres, (table, a, b) => {
        const [less, more] = [rainClass(table, Math.min(a, b)), rainClass(table, Math.max(a, b))];
        expect(rank(more)).toBeGreaterThanOrEqual(rank(less));
      }),
    );
  });
});

describe('a sum of rain', () => {
  const at = (clock: string) => Date.parse(`2026-11-27T${clock}+07:00`);
  const tips = ['14:00:01', '14:09:59', '14:10:00', '14:10:01'].map((clock) => ({ at: at(clock), millimetres: 0.2 }));

  test('has the report at its end and not the one at its start', () => {
    expect(rainBetween(tips, at('14:00:00'), at('14:10:00'))).toBe(0.6);
    expect(rainBetween(tips, at('14:10:00'), at('14:20:00'))).toBe(0.2);
  });

  test('of a day has the report of midnight at its end', () => {
    const reports = [
      { at: Date.parse('2026-11-26T23:00:00+07:00'), millimetres: 0 },
      { at: Date.parse('2026-11-27T00:00:00+07:00'), millimetres: 10 },
      { at: Date.parse('2026-11-27T01:00:00+07:00'), millimetres: 2 },
    ];
    const midnight = at('00:00:00');
    const day = 24 * 3_600_000;
    expect(rainBetween(reports, midnight - day, midnight)).toBe(10);
    expect(rainBetween(reports, midnight, midnight + day)).toBe(2);
  });

  test('of neighbouring windows adds up to that of both', () => {
    const report = fc.record({ at: fc.integer({ min: 0, max: 100 }), tips: fc.integer({ min: 0, max: 50 }) });
    fc.assert(
      fc.property(fc.array(report), fc.integer({ min: 0, max: 100 }), (drawn, middle) => {
        const reports = drawn.map(({ at: time, tips: count }) => ({ at: time, millimetres: count / 5 }));
        const parts = rainBetween(reports, -1, middle) + rainBetween(reports, middle, 100);
        expect(parts).toBeCloseTo(rainBetween(reports, -1, 100), 6);
      }),
    );
  });
});
