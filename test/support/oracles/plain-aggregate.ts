import type { Qualified } from '#model/readings/reading.ts';
import type { AggregateQuery, AggregateRow } from '#storage/readings/store.ts';

const JAKARTA_MS = 7 * 3_600_000;
const DAY_MS = 86_400_000;
const MONDAY_MS = 4 * DAY_MS;

interface Window {
  readonly start: number;
  readonly end: number;
}

/** All windows in Asia/Jakarta that meet a span, by counting on from midnight (or from a Monday) in steps. */
const windowsBetween = (from: number, to: number, width: number): readonly Window[] => {
  const windows: Window[] = [];
  const midnight = from - ((from + JAKARTA_MS) % DAY_MS);
  let start = width > DAY_MS ? MONDAY_MS - JAKARTA_MS : midnight;
  while (start <= to) {
    const nextMidnight = start - ((start + JAKARTA_MS) % DAY_MS) + DAY_MS;
    const end = width > DAY_MS ? start + width : Math.min(start + width, nextMidnight);
    if (end >= from) windows.push({ start, end });
    start = end;
  }
  return windows;
};

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const atShare = (sorted: readonly number[], share: number): number => {
  const rank = share * (sorted.length - 1);
  const [low = Number.NaN, high = low] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
  return low * (1 - (rank % 1)) + high * (rank % 1);
};

/** Each takes the values in the order of time. */
const FUNCTIONS: Readonly<Record<AggregateQuery['fn'], (values: readonly number[]) => number>> = {
  mean: (values) => total(values) / values.length,
  sum: total,
  count: (values) => values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  last: (values) => values.at(-1) ?? Number.NaN,
  p95: (values) =>
    atShare(
      [...values].sort((a, b) => a - b),
      0.95,
    ),
};

const calculate = (rows: readonly Qualified[], fn: AggregateQuery['fn']): number =>
  FUNCTIONS[fn]([...rows].sort((a, b) => a.observedAt - b.observedAt).map(({ value }) => value));

/** Expected aggregate, written for reading and not for speed, in Asia/Jakarta only. */
export const plainAggregate = (readings: readonly Qualified[], query: AggregateQuery): readonly AggregateRow[] => {
  const { from, to, flags, fn, property, intervalMs, isAmount } = query;
  const lies = (at: number, start: number, end: number): boolean =>
    isAmount ? at > start && at <= end : at >= start && at < end;
  const wanted = readings.filter(
    (each) => lies(each.observedAt, from, to) && flags.includes(each.flag) && each.property === property,
  );
  const devices = [...new Set(wanted.map(({ device }) => device))].sort();
  return windowsBetween(from, to, intervalMs).flatMap(({ start, end }) =>
    devices.flatMap((device) => {
      const rows = wanted.filter((each) => each.device === device && lies(each.observedAt, start, end));
      return rows.length === 0
        ? []
        : [{ start, end, device, property, value: calculate(rows, fn), count: rows.length }];
    }),
  );
};
