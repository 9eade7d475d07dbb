import { type Instant, formatInstant } from '#model/base/instant.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
/** WIB is UTC+7 all year. */
const WIB_MS = 7 * HOUR_MS;

/** Hour of the local day, 0 to below 24, with its fraction. */
export const localHour = (at: Instant): number => ((((at + WIB_MS) % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS;

/** Number of the local day since 1970. */
export const localDay = (at: Instant): number => Math.floor((at + WIB_MS) / DAY_MS);

/** The instant at which a local day begins. */
export const startOfLocalDay = (day: number): Instant => day * DAY_MS - WIB_MS;

/** Twelve numbers, January first: what a season does to a signal. */
export type Monthly = readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

/** The season's number at a moment, drawn as a line from the middle of one month to the middle of the next. */
export const seasonal = (table: Monthly, at: Instant): number => {
  const text = formatInstant(at + WIB_MS);
  const position = Number(text.slice(5, 7)) - 1 + (Number(text.slice(8, 10)) - 0.5) / 31 - 0.5;
  const month = Math.floor(position);
  const [from, to] = [table[(month + 12) % 12], table[(month + 13) % 12]];
  return (from ?? 1) + ((to ?? 1) - (from ?? 1)) * (position - month);
};
