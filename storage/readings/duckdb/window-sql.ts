import type { AggregateQuery } from '#storage/readings/store.ts';
import type { Windows } from '#storage/readings/window.ts';
import { numberOf } from './sql.ts';

const DAY_MS = 86_400_000;
const MONDAY_MS = 4 * DAY_MS;

/** Modulo that is never negative, for whole numbers before 1970 too. */
const modulo = (value: string, by: number): string => `((${value} % ${by} + ${by}) % ${by})`;

const labelExpression = (local: string, intervalMs: number): string =>
  intervalMs > DAY_MS
    ? `${local} - ${modulo(`(${local} - ${MONDAY_MS})`, intervalMs)}`
    : `${local} - ${modulo(local, DAY_MS)} % ${intervalMs}`;

/**
 * `startOfWindow` of `storage/readings/window.ts` as an expression over `ms`, whole milliseconds since 1970: one branch for
 * each offset that the zone has in the time in question, the newest first.
 */
export const startExpression = ({ intervalMs, offsets }: Windows): string => {
  const branches = offsets.map((offset, index) => {
    const label = `(${labelExpression(`(ms + ${numberOf(offset.ms)})`, intervalMs)})`;
    const start = `(${label} - ${numberOf(offset.ms)})`;
    const previous = offsets[index - 1];
    if (previous === undefined) return `ELSE ${start}`;
    const from = numberOf(offset.from);
    return `WHEN ms >= ${from} THEN CASE WHEN ${start} >= ${from} THEN ${start}
      ELSE least(${label} - ${numberOf(previous.ms)}, ${from}) END`;
  });
  const [first = 'ELSE ms', ...later] = branches;
  return later.length === 0 ? first.replace('ELSE ', '') : `CASE ${later.reverse().join('\n')} ${first} END`;
};

/** The aggregate as an expression over `value` and `ms`. */
export const aggregateExpression = ({ fn, isCircular }: AggregateQuery): string => {
  switch (fn) {
    case 'mean':
      return isCircular
        ? '(degrees(atan2(avg(sin(radians(value))), avg(cos(radians(value))))) + 360) % 360'
        : 'avg(value)';
    case 'min':
    case 'max':
    case 'sum':
      return `${fn}(value)`;
    case 'count':
      return 'count(*)';
    case 'last':
      return 'arg_max(value, ms)';
    case 'p95':
      return 'quantile_cont(value, 0.95)';
  }
};
