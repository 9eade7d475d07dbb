import { quantileOfSorted } from '#science/statistics/quantile.ts';
import { angleOf, meanUnitVector } from '#science/windows/wind.ts';
import type { AggregateQuery, AggregateRow, StoredReading } from './store.ts';
import { endOfWindow, lagOf, startOfWindow, windowsFor } from './window.ts';

interface AggregateGroup {
  readonly start: number;
  readonly device: string;
  readonly values: number[];
  lastAt: number;
  last: number;
}

/** Takes rows in any order and any number of calls, and gives the windows at the end. */
export interface Aggregator {
  add(rows: readonly StoredReading[]): void;
  rows(): readonly AggregateRow[];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const valueOf = (group: AggregateGroup, { fn, isCircular }: AggregateQuery): number => {
  switch (fn) {
    case 'mean':
      return isCircular ? angleOf(meanUnitVector(group.values)) : sum(group.values) / group.values.length;
    case 'min':
      return group.values.reduce((low, value) => Math.min(low, value));
    case 'max':
      return group.values.reduce((high, value) => Math.max(high, value));
    case 'sum':
      return sum(group.values);
    case 'count':
      return group.values.length;
    case 'last':
      return group.last;
    case 'p95':
      return quantileOfSorted(
        group.values.toSorted((a, b) => a - b),
        0.95,
      );
  }
};

const byStartThenDevice = (a: AggregateGroup, b: AggregateGroup): number =>
  a.start - b.start || (a.device < b.device ? -1 : Number(a.device > b.device));

/** Aggregates in memory, for a store whose own language cannot do it exactly. The caller has filtered the rows. */
export const aggregator = (query: AggregateQuery): Aggregator => {
  const windows = windowsFor(query);
  const lag = lagOf(query);
  const groups = new Map<string, AggregateGroup>();
  const groupOf = (row: StoredReading): AggregateGroup => {
    const start = startOfWindow(row.observedAt - lag, windows);
    const key = `${start}\t${row.device}`;
    const known = groups.get(key);
    if (known !== undefined) return known;
    const group = { start, device: row.device, values: [], lastAt: Number.NEGATIVE_INFINITY, last: Number.NaN };
    groups.set(key, group);
    return group;
  };
  return {
    add: (rows) => {
      for (const row of rows) {
        const group = groupOf(row);
        group.values.push(row.value);
        if (row.observedAt < group.lastAt) continue;
        group.lastAt = row.observedAt;
        group.last = row.value;
      }
    },
    rows: () =>
      [...groups.values()].sort(byStartThenDevice).map((group) => ({
        start: group.start,
        end: endOfWindow(group.start, windows),
        device: group.device,
        property: query.property,
        value: valueOf(group, query),
        count: group.values.length,
      })),
  };
};
