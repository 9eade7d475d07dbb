import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainTime, isUsable, localClock } from '#ingest/validate/check-time.ts';
import { days, hours, minutes, parseShift, seconds } from '#model/base/duration.ts';

/** 2026-11-24T03:00:30Z. */
const RECEIVED_AT = 1_795_489_230_000;
const CONTEXT = { device: 'box-1', receivedAt: RECEIVED_AT };

const codeAt = (ahead: number): string => explainTime(RECEIVED_AT + ahead, CONTEXT).code;
/** The shift in the command that a fault ends with. */
const shiftIn = (detail: string): number | undefined => {
  const [, shift = ''] = / --shift (\S+)$/.exec(detail) ?? [];
  return parseShift(shift)?.ms;
};

describe('a time that is refused', () => {
  test.for([
    [minutes(11).ms, 'TIME_AHEAD'],
    [hours(3).ms, 'TIME_AHEAD'],
    [hours(6.4).ms, 'TIME_AHEAD'],
    [hours(6.6).ms, 'TIME_LOCAL_AS_UTC'],
    [hours(7).ms, 'TIME_LOCAL_AS_UTC'],
    [hours(7).ms + minutes(9).ms, 'TIME_LOCAL_AS_UTC'],
    [hours(7).ms + minutes(15).ms, 'TIME_AHEAD'],
    [hours(8).ms, 'TIME_LOCAL_AS_UTC'],
    [hours(9).ms, 'TIME_LOCAL_AS_UTC'],
    [hours(10).ms, 'TIME_AHEAD'],
    [-days(7 * 1_024).ms, 'TIME_GPS_ROLLOVER'],
    [-days(7 * 1_024 + 30).ms, 'TIME_GPS_ROLLOVER'],
    [-days(7 * 1_024 - 30).ms, 'TIME_BEFORE_2020'],
    [-days(7 * 2_048).ms, 'TIME_GPS_ROLLOVER'],
    [days(7 * 1_024).ms, 'TIME_GPS_ROLLOVER'],
    [-RECEIVED_AT, 'TIME_NOT_SET'],
    [-days(365 * 10).ms, 'TIME_BEFORE_2020'],
  ] as const)('%d ms ahead of its arrival is %s', ([ahead, code]) => {
    expect(isUsable(RECEIVED_AT + ahead, RECEIVED_AT)).toBe(false);
    expect(codeAt(ahead)).toBe(code);
  });

  test('by a command in its fault is mended to the time that was meant', () => {
    const meant = fc.integer({ min: -minutes(29).ms, max: minutes(9).ms });
    const off = fc.constantFrom(hours(7).ms, hours(8).ms, hours(9).ms, ...[-1, -2, 1].map((n) => n * days(7_168).ms));
    fc.assert(
      fc.property(meant, off, (at, by) => {
        const { detail } = explainTime(RECEIVED_AT + at + by, CONTEXT);
        expect(shiftIn(detail)).toBe(-by);
      }),
    );
  });
});

describe('the times of one packet', () => {
  const times = (...ahead: readonly number[]) => ahead.map((each) => ({ time: RECEIVED_AT + each }));

  test('are all refused where the newest is local time that was sent as UTC', () => {
    const wib = times(-hours(40).ms, hours(7).ms - seconds(5).ms, hours(1).ms);
    expect(localClock(wib, CONTEXT)?.code).toBe('TIME_LOCAL_AS_UTC');
    expect(shiftIn(localClock(wib, CONTEXT)?.detail ?? '')).toBe(-hours(7).ms);
  });

  test('stand or fall each alone where the newest is anything else', () => {
    expect(localClock(times(-hours(40).ms, 0), CONTEXT)).toBeUndefined();
    expect(localClock(times(-hours(40).ms, hours(12).ms), CONTEXT)).toBeUndefined();
    expect(localClock(times(hours(7).ms), CONTEXT)).toBeUndefined();
    expect(localClock([{ time: undefined }, { time: undefined }], CONTEXT)).toBeUndefined();
  });
});
