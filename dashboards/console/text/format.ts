import { dateOf, parseTime } from '#dashboards/console/time/clock.ts';
import { WIB } from '#dashboards/console/time/zone.ts';

const formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

const numberFormat = (locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat => {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known instanceof Intl.NumberFormat) return known;
  const made = new Intl.NumberFormat(locale, options);
  formats.set(key, made);
  return made;
};

const dateFormat = (locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known instanceof Intl.DateTimeFormat) return known;
  const made = new Intl.DateTimeFormat(locale, { timeZone: WIB, ...options });
  formats.set(key, made);
  return made;
};

/** A number with the decimals that its sensor resolves. */
export const formatNumber = (locale: string, value: number, decimals = 0): string =>
  numberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);

/** A number with its unit, which stands close where it is a sign. */
export const formatValue = (locale: string, value: number, decimals: number, unit: string): string => {
  const number = formatNumber(locale, value, decimals);
  if (unit === '') return number;
  return unit === '°' || unit === '%' ? `${number}${unit}` : `${number} ${unit}`;
};

/** Day and time in WIB, from RFC 3339. */
export const formatTime = (locale: string, time: string): string =>
  dateFormat(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
    dateOf(parseTime(time)),
  );

/** Day and time with seconds in a zone, ms since 1970. */
export const formatMoment = (locale: string, at: number, timeZone: string): string =>
  dateFormat(locale, {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(dateOf(at));

/** A date, from `2026-11-24`. */
export const formatDate = (locale: string, date: string): string =>
  dateFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' }).format(dateOf(parseTime(date)));

/** A tick of an axis: the second within a minute, the hour within days, the day within months, the month beyond. */
export const formatTick = (locale: string, at: number, stepSeconds: number, timeZone: string): string => {
  const isDay = stepSeconds >= 86_400;
  const options: Intl.DateTimeFormatOptions = isDay
    ? { timeZone, day: 'numeric', month: 'short' }
    : {
        timeZone,
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
        ...(stepSeconds < 60 ? { second: '2-digit' } : {}),
      };
  if (stepSeconds >= 86_400 * 25)
    return dateFormat(locale, { timeZone, month: 'short', year: '2-digit' }).format(dateOf(at));
  return dateFormat(locale, options).format(dateOf(at));
};

const SPANS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** "2 menit", in its largest unit */
export const formatAge = (locale: string, seconds: number): string => {
  const [unit, length] = SPANS.find(([, span]) => seconds >= span) ?? SPANS[3];
  return numberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(Math.floor(seconds / length));
};

/** A span as the API writes it (`5m`), in words. */
export const formatSpan = (locale: string, span: string): string => {
  const match = /^(\d+)([smhd])$/.exec(span);
  const unit = { s: 'second', m: 'minute', h: 'hour', d: 'day' }[match?.[2] ?? ''];
  if (match === null || unit === undefined) return span;
  return numberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(Number(match[1]));
};
