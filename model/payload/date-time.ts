import { type Instant, parseInstant } from '#model/base/instant.ts';

const MINUTE_MS = 60_000;
/** Zones of Indonesia, none of which has daylight saving time, and UTC. */
const ZONES: Readonly<Record<string, string>> = {
  UTC: '+00:00',
  WIB: '+07:00',
  WITA: '+08:00',
  WIT: '+09:00',
  'Asia/Jakarta': '+07:00',
  'Asia/Pontianak': '+07:00',
  'Asia/Makassar': '+08:00',
  'Asia/Jayapura': '+09:00',
};

const OFFSET = /^[+-](?:0\d|1[0-4]):[0-5]\d$/;

/** A zone as an offset, `+07:00`; undefined for a text that names none. */
export const zoneOffset = (zone: string): string | undefined => {
  if (OFFSET.test(zone)) return zone;
  return Object.hasOwn(ZONES, zone) ? ZONES[zone] : undefined;
};

const ISO =
  /^(\d{4})([-/]?)(\d{2})\2(\d{2})(?:[Tt]| {1,2})(\d{2})(:?)(\d{2})(?:\6(\d{2})(?:[.,](\d{1,9}))?)? ?([Zz]|[+-]\d{2}(?::?\d{2})?)?$/;
const COMPACT = /^(\d{4}|\d{2})(\d{2})(\d{2})T?(\d{2})(\d{2})(\d{2})([Zz]|[+-]\d{2}(?::?\d{2})?)?$/;
const CCLK = /^"?(\d{2})\/(\d{2})\/(\d{2}),(\d{2}):(\d{2}):(\d{2})(?:([+-])(\d{2}))?"?$/;

/** An offset as RFC 3339 writes it: `+0700` and `+07` become `+07:00`. */
const plainOffset = (offset: string): string => {
  if (/^[Zz]$/.test(offset)) return 'Z';
  return `${offset.slice(0, 3)}:${offset.length > 3 ? offset.slice(-2) : '00'}`;
};

/** Years of two digits as modems and clock chips count them: 70 to 99 are of the last century. */
const fullYear = (year: string): string => {
  if (year.length === 4) return year;
  return (Number(year) >= 70 ? '19' : '20') + year;
};

/**
 * An ISO 8601 date and time of the extended or the basic form, with or without seconds, `/` in place of `-`, and offsets such as `+0700`. A text
 * without an offset is local time of `zone`; undefined where there is no zone either.
 */
export const parseIso = (text: string, zone: string | undefined): Instant | undefined => {
  const [, year, , month, day, hour, , minute, second = '00', fraction, given] = ISO.exec(text) ?? [];
  const offset = given === undefined ? zone : plainOffset(given);
  if (year === undefined || offset === undefined) return undefined;
  const decimals = fraction === undefined ? '' : `.${fraction}`;
  return parseInstant(`${year}-${month}-${day}T${hour}:${minute}:${second}${decimals}${offset}`);
};

/** Digits alone, `20261124100000` or `261124100000`, with a `T` or an offset where the device writes one. */
export const parseCompact = (text: string, zone: string | undefined): Instant | undefined => {
  const [, year, month, day, hour, minute, second, given] = COMPACT.exec(text) ?? [];
  const offset = given === undefined ? zone : plainOffset(given);
  if (year === undefined || offset === undefined) return undefined;
  return parseInstant(`${fullYear(year)}-${month}-${day}T${hour}:${minute}:${second}${offset}`);
};

/** The answer of a modem to `AT+CCLK?` (3GPP TS 27.007, 8.15): `26/11/24,10:00:00+28`, with the offset in quarters of an hour. */
export const parseCclk = (text: string, zone: string | undefined): Instant | undefined => {
  const [, year, month, day, hour, minute, second, sign, quarters] = CCLK.exec(text) ?? [];
  if (year === undefined) return undefined;
  const isLocal = quarters === undefined;
  const at = parseInstant(
    `${fullYear(year)}-${month}-${day}T${hour}:${minute}:${second}${isLocal ? (zone ?? '') : 'Z'}`,
  );
  if (at === undefined || isLocal) return at;
  return at - (sign === '-' ? -1 : 1) * Number(quarters) * 15 * MINUTE_MS;
};
