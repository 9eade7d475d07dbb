/** A moment, in milliseconds since 1970-01-01T00:00:00Z. Stored as UTC, shown in the reader's own zone. */
export type Instant = number;

/** The zone in which the agency's people read times: WIB, UTC+7, no daylight saving. */
export const WIB = 'Asia/Jakarta';

const HOUR_MS = 3_600_000;
const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;

/**
 * Reads an RFC 3339 date-time (section 5.6) and cuts it to milliseconds. A text without an offset, a day that the
 * calendar does not have, or a leap second gives undefined.
 */
export const parseInstant = (text: string): Instant | undefined => {
  const part = RFC3339.exec(text);
  if (part === null) return undefined;
  const [year, month, day, hour, minute, second] = part.slice(1, 7).map(Number);
  const millisecond = Number((part[7] ?? '').padEnd(3, '0').slice(0, 3));
  const offsetHours = Number(part[10] ?? 0);
  const offsetMinutes = Number(part[11] ?? 0);
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day); // Date.UTC would take the years 0 to 99 for 1900 to 1999
  const local = date.setUTCHours(hour, minute, second, millisecond);
  if (date.getUTCDate() !== day || date.getUTCMonth() + 1 !== month) return undefined;
  const offset = (part[9] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000;
  return local - offset;
};

/** Writes an instant as RFC 3339 in UTC with milliseconds: `2026-11-24T03:00:00.000Z`. */
export const formatInstant = (at: Instant): string => new Date(at).toISOString();

/** The hour that an instant falls in, as whole hours since 1970: the ledger's bucket. */
export const hourOf = (at: Instant): number => Math.floor(at / HOUR_MS);

/** The first instant of an hour given as whole hours since 1970. */
export const startOfHour = (hour: number): Instant => hour * HOUR_MS;
