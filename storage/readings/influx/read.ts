import { FLAG, parseFlag } from '#model/readings/flag.ts';
import { NO_TESTS } from '#model/quality/quality-tests.ts';
import type { Instant } from '#model/base/instant.ts';
import { TIMED_BY } from '#model/readings/reading.ts';
import { aggregator } from '#storage/readings/aggregate.ts';
import type { AggregateQuery, AggregateRow, RawQuery, ReadingQuery, StoredReading } from '#storage/readings/store.ts';
import { lagOf } from '#storage/readings/window.ts';
import { identifier } from './place.ts';
import { literal, timeLiteral, type Ask, type InfluxSeries } from './influxql.ts';
import { TIMED_BY_FIELD } from './point.ts';

/** Points of one page: a page is parsed at one go, so it is kept small. */
const PAGE_POINTS = 5_000;

const selectPage = (query: ReadingQuery, from: Instant, points: number): string => {
  const { property } = query;
  const names =
    property === undefined ? [] : [property, `${property}_flag`, `${property}_tests`, TIMED_BY_FIELD, 'device'];
  const fields = property === undefined ? '*' : names.map(identifier).join(', ');
  return `SELECT ${fields} FROM ${identifier(query.family)} WHERE "station" = ${literal(query.station)}
    AND time >= ${timeLiteral(from)} AND time < ${timeLiteral(query.to)} ORDER BY time ASC LIMIT ${points}`;
};

/** Takes one point apart into its properties. */
const readingsOf = (columns: readonly string[], cells: readonly unknown[]): readonly StoredReading[] => {
  const at = new Map(columns.map((name, index) => [name, cells[index]]));
  const [time, device] = [at.get('time'), at.get('device')];
  if (typeof time !== 'number' || typeof device !== 'string') return [];
  const timedBy = TIMED_BY[Number(at.get(TIMED_BY_FIELD) ?? 0)] ?? 'device';
  return columns.flatMap((property) => {
    const [value, flag] = [at.get(property), at.get(`${property}_flag`)];
    const tests = Number(at.get(`${property}_tests`) ?? NO_TESTS);
    // a value that is not a pair of a number and its flag was written by another program
    if (property === 'time' || typeof value !== 'number' || typeof flag !== 'number') return [];
    return [{ device, property, observedAt: time, value, flag: parseFlag(flag) ?? FLAG.UNKNOWN, tests, timedBy }];
  });
};

const byContract = (a: StoredReading, b: StoredReading): number =>
  a.observedAt - b.observedAt || compare(a.device, b.device) || compare(a.property, b.property);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const timesOf = ({ columns, values = [] }: InfluxSeries): readonly unknown[] => {
  const column = columns.indexOf('time');
  return values.map((cells) => cells[column]);
};

interface PageStart {
  readonly from: Instant;
  readonly points: number;
}

interface InfluxPage {
  readonly rows: readonly StoredReading[];
  /** Where the next page starts; undefined at the end. */
  readonly next: Instant | undefined;
}

/** One page from an instant on. The last instant of a full page may be cut, so it is left to the next page. */
const fetchPage = async (
  ask: Ask,
  query: ReadingQuery,
  { from, points }: PageStart,
  signal: AbortSignal,
): Promise<InfluxPage> => {
  const [series = []] = await ask(selectPage(query, from, points), signal);
  const [only] = series;
  if (only?.values === undefined) return { rows: [], next: undefined };
  const times = timesOf(only);
  const [first, last] = [times[0], times.at(-1)];
  const isFull = times.length >= points;
  if (isFull && first === last) return fetchPage(ask, query, { from, points: points * 2 }, signal);
  const rows = only.values.flatMap((cells) => readingsOf(only.columns, cells));
  if (!isFull || typeof last !== 'number') return { rows: rows.sort(byContract), next: undefined };
  return { rows: rows.filter(({ observedAt }) => observedAt < last).sort(byContract), next: last };
};

/** Rows in the order of the contract, page by page of time. */
export async function* readPoints(
  ask: Ask,
  query: RawQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredReading[]> {
  const { after, flags } = query;
  const isWanted = (row: StoredReading): boolean =>
    flags.includes(row.flag) && (after === undefined || byContract({ ...row, ...after }, row) < 0);
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  let from: Instant | undefined = Math.max(query.from, after?.observedAt ?? query.from);
  while (from !== undefined && left > 0) {
    const page: InfluxPage = await fetchPage(ask, query, { from, points: PAGE_POINTS }, signal);
    const rows = page.rows.filter(isWanted).slice(0, left);
    left -= rows.length;
    from = page.next;
    if (rows.length > 0) yield rows;
  }
}

/**
 * Windows computed here from the points: InfluxQL's percentile does not interpolate, its means know no directions, and
 * a window that crosses a change of the clock differs.
 */
export const aggregatePoints = async (
  ask: Ask,
  query: AggregateQuery,
  signal: AbortSignal,
): Promise<readonly AggregateRow[]> => {
  const windows = aggregator(query);
  const lag = lagOf(query);
  const everything = { ...query, from: query.from + lag, to: query.to + lag, after: undefined, limit: undefined };
  for await (const rows of readPoints(ask, everything, signal)) windows.add(rows);
  return windows.rows();
};
