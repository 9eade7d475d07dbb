/** A stretch of time, ms since 1970: from included, to not. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** One value for each window. */
export interface WindowPlan {
  readonly kind: 'windows';
  readonly interval: string;
}

/** Every value, or one for each window. */
export type Plan = { readonly kind: 'raw' } | WindowPlan;

/** Values that one line draws; more than a screen has columns would show no more. */
export const MOST_POINTS = 1_500;

const LADDER = [
  ['10s', 10_000],
  ['30s', 30_000],
  ['1m', 60_000],
  ['2m', 120_000],
  ['5m', 300_000],
  ['10m', 600_000],
  ['15m', 900_000],
  ['30m', 1_800_000],
  ['1h', 3_600_000],
  ['2h', 7_200_000],
  ['3h', 10_800_000],
  ['6h', 21_600_000],
  ['12h', 43_200_000],
  ['1d', 86_400_000],
  ['7d', 604_800_000],
] as const;

/** The smallest query that shows all that a screen can show of a range, by the reporting interval. */
export const planOf = (stretch: TimeRange, everyMs: number): Plan =>
  (stretch.to - stretch.from) / everyMs <= MOST_POINTS ? { kind: 'raw' } : windowsOver(stretch);

/** The narrowest windows that a line can draw over a stretch, however many values there are. */
export const windowsOver = ({ from, to }: TimeRange): WindowPlan => {
  const step = LADDER.find(([, ms]) => (to - from) / ms <= MOST_POINTS / 2) ?? LADDER[LADDER.length - 1];
  return { kind: 'windows', interval: step?.[0] ?? '7d' };
};

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a span as the API writes it; a minute where it is not readable. */
export const spanMs = (text: string): number => {
  const match = /^(\d+)([smhd])$/.exec(text);
  return Number(match?.[1] ?? 1) * (UNITS[match?.[2] ?? 'm'] ?? 60_000);
};
