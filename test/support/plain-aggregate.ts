import type { Qualified } from '#model/reading.ts';
import type { AggregateQuery, AggregateRow } from '#ingest/store/store.ts';

const JAKARTA_MS = 7 * 3_600_000;
const DAY_MS = 86_400_000;
const MONDAY_MS = 4 * DAY_MS;

/** The start of a window in Asia/Jakarta, by counting on from midnight (or from a Monday) in steps. */
const startOf = (at: number, width: number): number => {
  const local = at + JAKARTA_MS;
  let start = width > DAY_MS ? MONDAY_MS : local - (local % DAY_MS);
  while (start + width <= local) start += width;
  return start - JAKARTA_MS;
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

/** What an aggregate must be, written for reading and not for speed, in Asia/Jakarta only. */
export const plainAggregate = (readings: readonly Qualified[], query: AggregateQuery): readonly AggregateRow[] => {
  const { from, to, flags, fn, property, intervalMs } = query;
  const wanted = readings.filter(
    (each) =>
      each.observedAt >= from && each.observedAt < to && flags.includes(each.flag) && each.property === property,
  );
  const groups = Map.groupBy(wanted, (each) => `${startOf(each.observedAt, intervalMs)} ${each.device}`);
  return [...groups]
    .map(([key, rows]) => {
      const [start = '', device = ''] = key.split(' ');
      return { start: Number(start), device, property, value: calculate(rows, fn), count: rows.length };
    })
    .sort((a, b) => a.start - b.start || a.device.localeCompare(b.device));
};
