/** A moment, in milliseconds since 1970-01-01T00:00:00Z. Stored as UTC, shown in the reader's own zone. */
export type Instant = number;

/** The zone in which the agency's people read times: WIB, UTC+7, no daylight saving. */
export const WIB = 'Asia/Jakarta';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const FRACTION_AT = 20;
const ZERO = 48;

/** The two digits at a position; what stands there is known to be digits. */
const two = (text: string, at: number): number => (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const daysIn = (year: number, month: number): number => {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
};

/** Days from 1970-01-01 to a day of the Gregorian calendar; years begin in March, so that a leap day comes last. */
const daysSince1970 = (year: number, month: number, day: number): number => {
  const marchYear = month > 2 ? year : year - 1;
  const monthFromMarch = (month + 9) % 12;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + Math.floor((monthFromMarch * 153 + 2) / 5) + day - 719_469;
};

/** Up to three digits of a fraction of a second, as milliseconds; the rest is cut. */
const readFraction = (text: string): number => {
  if (text.charCodeAt(FRACTION_AT - 1) !== 46) return 0;
  let ms = 0;
  for (let i = 0, weight = 100; i < 3; i += 1, weight /= 10) {
    const digit = text.charCodeAt(FRACTION_AT + i) - ZERO;
    if (!(digit >= 0 && digit <= 9)) break;
    ms += digit * weight;
  }
  return ms;
};

/** The offset at the end of a date-time in milliseconds, or undefined when no clock shows it. */
const readOffset = (text: string): number | undefined => {
  if (/[Zz]$/.test(text)) return 0;
  const hours = two(text, text.length - 5);
  const minutes = two(text, text.length - 2);
  if (hours > 23 || minutes > 59) return undefined;
  return (text.charAt(text.length - 6) === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
};

/**
 * Reads an RFC 3339 date-time (section 5.6) and cuts it to milliseconds. A text without an offset, a day that the
 * calendar does not have, or a leap second gives undefined. Made by hand, for every reading comes by here.
 */
export const parseInstant = (text: string): Instant | undefined => {
  if (!RFC3339.test(text)) return undefined;
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const hour = two(text, 11);
  const minute = two(text, 14);
  const second = two(text, 17);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  const offset = readOffset(text);
  if (hour > 23 || minute > 59 || second > 59 || offset === undefined) return undefined;
  const ofDay = ((hour * 60 + minute) * 60 + second) * 1_000 + readFraction(text);
  return daysSince1970(year, month, day) * DAY_MS + ofDay - offset;
};

const padded = (count: number): string => String(count).padStart(2, '0');

const MINUTE_MS = 60_000;
/** Texts of the seconds and of the milliseconds of a minute. */
const SECONDS = Array.from({ length: 60 }, (_, second) => padded(second));
const MILLISECONDS = Array.from({ length: 1_000 }, (_, ms) => `.${String(ms).padStart(3, '0')}Z`);
const LAST_MINUTE = { number: Number.NaN, text: '' };

/**
 * Writes an instant as RFC 3339 in UTC with milliseconds: `2026-11-24T03:00:00.000Z`. An answer has thousands of times
 * that lie close together, so the text of the last minute is kept.
 * @throws RangeError for a time that the calendar does not have
 */
export const formatInstant = (at: Instant): string => {
  const whole = Math.trunc(at);
  const minute = Math.floor(whole / MINUTE_MS);
  if (minute !== LAST_MINUTE.number) {
    LAST_MINUTE.text = new Date(whole).toISOString().slice(0, -'00.000Z'.length);
    LAST_MINUTE.number = minute;
  }
  const ofMinute = whole - minute * MINUTE_MS;
  return `${LAST_MINUTE.text}${SECONDS[Math.floor(ofMinute / 1_000)]}${MILLISECONDS[ofMinute % 1_000]}`;
};

/** Writes an instant as RFC 3339 in local time so far ahead of UTC: `2026-11-24T10:00:00.000+07:00`. */
export const formatLocal = (at: Instant, aheadMs: number): string => {
  if (aheadMs === 0) return formatInstant(at);
  const minutes = Math.abs(aheadMs) / 60_000;
  const offset = `${padded(Math.floor(minutes / 60))}:${padded(minutes % 60)}`;
  return `${formatInstant(at + aheadMs).slice(0, -1)}${aheadMs < 0 ? '-' : '+'}${offset}`;
};

/** Writes an instant as HTTP's `Date` (RFC 9110, section 5.6.7), cut to seconds: `Tue, 24 Nov 2026 03:00:00 GMT`. */
export const formatHttpDate = (at: Instant): string => new Date(at).toUTCString();

/** The hour that an instant falls in, as whole hours since 1970: the ledger's bucket. */
export const hourOf = (at: Instant): number => Math.floor(at / HOUR_MS);

/** The first instant of an hour given as whole hours since 1970. */
export const startOfHour = (hour: number): Instant => hour * HOUR_MS;

/** A date of the calendar in UTC: month and quarter from 1, week of ISO 8601, day of the year from 1. */
export interface CalendarDate {
  readonly month: number;
  readonly quarter: number;
  readonly week: number;
  readonly dayofyear: number;
}

const daysIntoYear = (at: Instant): number => Math.floor((at - Date.UTC(new Date(at).getUTCFullYear(), 0)) / DAY_MS);

/** The calendar date of a time, in UTC. The week of a date is that of its Thursday. */
export const calendarDate = (at: Instant): CalendarDate => {
  const date = new Date(at);
  const weekday = (date.getUTCDay() + 6) % 7;
  return {
    month: date.getUTCMonth() + 1,
    quarter: Math.floor(date.getUTCMonth() / 3) + 1,
    week: Math.floor(daysIntoYear(at + (3 - weekday) * DAY_MS) / 7) + 1,
    dayofyear: daysIntoYear(at) + 1,
  };
};
