import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calendarDate, formatInstant, hourOf, parseInstant, startOfHour } from '#model/base/instant.ts';

const year1970 = 0;
const year9999 = 253_402_300_799_999;
const instants = fc.integer({ min: year1970, max: year9999 });
const two = (count: number): string => String(count).padStart(2, '0');

describe('an instant', () => {
  test('comes back from what it was written as', () => {
    fc.assert(
      fc.property(instants, (at) => {
        expect(parseInstant(formatInstant(at))).toBe(at);
      }),
    );
  });

  test('is written as the standard library writes it, also beside others of its minute', () => {
    const anyTime = fc.oneof(
      fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }),
      fc.double({ min: -9e12, max: 9e12, noNaN: true }),
    );
    fc.assert(
      fc.property(anyTime, fc.integer({ min: -70_000, max: 70_000 }), (at, later) => {
        for (const each of [at, at + later, at]) {
          fc.pre(Math.abs(each) <= 8_640_000_000_000_000);
          expect(formatInstant(each)).toBe(new Date(each).toISOString());
        }
      }),
    );
    expect(() => formatInstant(Number.NaN)).toThrow(RangeError);
  });

  test('is the same moment with every offset (RFC 3339, section 4.2)', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: -1_439, max: 1_439 }), (at, offset) => {
        const local = at + offset * 60_000;
        fc.pre(local >= year1970 && local <= year9999);
        const span = Math.abs(offset);
        const text = `${formatInstant(local).slice(0, -1)}${offset < 0 ? '-' : '+'}${two(Math.trunc(span / 60))}:${two(span % 60)}`;
        expect(parseInstant(text)).toBe(at);
      }),
    );
  });

  test('is cut, not rounded, to milliseconds', () => {
    expect(parseInstant('2026-11-24T03:00:00.123999999Z')).toBe(parseInstant('2026-11-24T03:00:00.123Z'));
    expect(parseInstant('2026-11-24T03:00:00.9Z')).toBe(parseInstant('2026-11-24T03:00:00.900Z'));
  });

  test.for([
    ['2026-11-24T03:00:00Z', 1_795_489_200_000],
    ['2026-11-24t03:00:00z', 1_795_489_200_000],
    ['2026-11-24 10:00:00+07:00', 1_795_489_200_000],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000],
  ] as const)('reads %s', ([text, at]) => {
    expect(parseInstant(text)).toBe(at);
  });

  test.for([
    ['without an offset', '2026-11-24T03:00:00'],
    ['without seconds', '2026-11-24T03:00Z'],
    ['that is a date only', '2026-11-24'],
    ['on 29 February of a common year', '2026-02-29T00:00:00Z'],
    ['on 31 April', '2026-04-31T00:00:00Z'],
    ['in month 13', '2026-13-01T00:00:00Z'],
    ['in month 0', '2026-00-10T00:00:00Z'],
    ['on day 0', '2026-01-00T00:00:00Z'],
    ['at hour 24', '2026-11-24T24:00:00Z'],
    ['at a leap second', '2016-12-31T23:59:60Z'],
    ['with an offset of 24 hours', '2026-11-24T03:00:00+24:00'],
    ['with an offset without a colon', '2026-11-24T03:00:00+0700'],
    ['with a comma in the seconds', '2026-11-24T03:00:00,5Z'],
    ['with something behind it', '2026-11-24T03:00:00Z '],
    ['on a line that goes on', '2026-11-24T03:00:00Z\n'],
    ['in other digits', '٢٠٢٦-11-24T03:00:00Z'],
    ['in the year -1', '-001-11-24T03:00:00Z'],
  ] as const)('does not read a text %s', ([, text]) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test('reads the first years of the calendar as they are written', () => {
    expect(parseInstant('0099-01-01T00:00:00Z')).toBe(-59042995200000);
  });

  test('gives an instant or undefined for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const at = parseInstant(text);
        expect(at === undefined || Number.isInteger(at)).toBe(true);
      }),
    );
  });

  test('falls into the hour that starts at or before it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e14, max: 1e14 }), (at) => {
        const start = startOfHour(hourOf(at));
        expect(start).toBeLessThanOrEqual(at);
        expect(at - start).toBeLessThan(3_600_000);
      }),
    );
  });
});

test.for([
  ['2026-01-01T00:00:00Z', { month: 1, quarter: 1, week: 1, dayofyear: 1 }],
  ['2021-01-03T23:59:59Z', { month: 1, quarter: 1, week: 53, dayofyear: 3 }],
  ['2024-12-30T12:00:00Z', { month: 12, quarter: 4, week: 1, dayofyear: 365 }],
  ['2024-03-01T00:00:00Z', { month: 3, quarter: 1, week: 9, dayofyear: 61 }],
  ['1969-12-31T00:00:00Z', { month: 12, quarter: 4, week: 1, dayofyear: 365 }],
] as const)('the calendar date of %s', ([text, expected]) => {
  expect(calendarDate(parseInstant(text) ?? Number.NaN)).toEqual(expected);
});
