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

const calculate = (rows: readonly Qualified[], fn: AggregateQuery['fn']): number => {
  const values = rows.map(({ value }) => value).sort((a, b) => a - b);
  const total = values.reduce((a, b) => a + b, 0);
  switch (fn) {
    case 'mean':
      return total / values.length;
    case 'sum':
      return total;
    case 'count':
      return values.length;
    case 'min':
      return values[0] ?? Number.NaN;
    case 'max':
      return values.at(-1) ?? Number.NaN;
    case 'last':
      return [...rows].sort((a, b) => a.observedAt - b.observedAt).at(-1)?.value ?? Number.NaN;
    case 'p95': {
      const rank = 0.95 * (values.length - 1);
      const [low, high] = [values[Math.floor(rank)] ?? 0, values[Math.ceil(rank)] ?? 0];
      return low * (1 - (rank % 1)) + high * (rank % 1);
    }
  }
};

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
