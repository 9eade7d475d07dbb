import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { days, formatDuration, hours, milliseconds, minutes, parseDuration, seconds } from '#model/base/duration.ts';

describe('a duration', () => {
  test('reads the same from every unit', () => {
    expect(parseDuration('86400000ms')).toEqual(days(1));
    expect(parseDuration('24h')).toEqual(days(1));
    expect(parseDuration('60m')).toEqual(hours(1));
    expect(parseDuration('60min')).toEqual(hours(1));
    expect(parseDuration('60s')).toEqual(minutes(1));
    expect(parseDuration('1.5s')).toEqual(milliseconds(1_500));
    expect(seconds(1)).toEqual(milliseconds(1_000));
  });

  test.for(['', '60', 's', '-1s', '1 s', '1S', '1e3s', '1w', '1m30s', '.5s', '٣s', 'constructor'])(
    'does not read "%s"',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  test('is written in its largest whole unit', () => {
    expect(formatDuration(seconds(60))).toBe('1m');
    expect(formatDuration(seconds(90))).toBe('90s');
    expect(formatDuration(hours(24))).toBe('1d');
    expect(formatDuration(milliseconds(1_500))).toBe('1500ms');
    expect(formatDuration(milliseconds(0))).toBe('0s');
  });

  test('comes back from what it was written as', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000_000), (ms) => {
        expect(parseDuration(formatDuration({ ms }))).toEqual({ ms });
      }),
    );
  });
});
