import type { DuckDBConnection, DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import { FLAG, parseFlag } from '#model/readings/flag.ts';
import { NO_TESTS } from '#model/quality/quality-tests.ts';
import type { AggregateQuery, AggregateRow, RawQuery, ReadingQuery, StoredReading } from '#storage/readings/store.ts';
import { endOfWindow, lagOf, windowsFor } from '#storage/readings/window.ts';
import type { Database } from './database.ts';
import { column, numberOf, sqlTime, timedByOf } from './sql.ts';
import { aggregateExpression, startExpression } from './window-sql.ts';

/** Rows that are sorted, held and handed over at one go. */
const PAGE_ROWS = 10_000;

interface RowFilter {
  readonly where: string;
  readonly values: DuckDBValue[];
}

const filterOf = ({ station, family, property, from, to, flags }: ReadingQuery): RowFilter => {
  const values: DuckDBValue[] = [station, family];
  if (property !== undefined) values.push(property);
  const where = `observed_at >= ${sqlTime(from)} AND observed_at < ${sqlTime(to)} AND station = $1 AND family = $2
    ${property === undefined ? '' : 'AND property = $3'} AND flag IN (${flags.map(numberOf).join(', ') || 'NULL'})`;
  return { where, values };
};

const storedReadings = (chunk: DuckDBDataChunk): readonly StoredReading[] => {
  const [times, devices, properties] = [
    column(chunk, 0, 'number'),
    column(chunk, 1, 'string'),
    column(chunk, 2, 'string'),
  ];
  const [values, flags, sources] = [column(chunk, 3, 'number'), column(chunk, 4, 'number'), column(chunk, 5, 'number')];
  const tests = column(chunk, 6, 'number');
  return times.map((observedAt, row) => ({
    observedAt,
    device: devices[row] ?? '',
    property: properties[row] ?? '',
    value: values[row] ?? Number.NaN,
    flag: parseFlag(flags[row] ?? FLAG.UNKNOWN) ?? FLAG.UNKNOWN,
    tests: tests[row] ?? NO_TESTS,
    timedBy: timedByOf(sources[row]),
  }));
};

/**
 * One page of rows in the order of the contract. Pages, because a streamed result of the binding ends without a word
 * when its query fails or is interrupted half-way; and between pages no snapshot is held.
 */
const readPage = async (
  connection: DuckDBConnection,
  query: RawQuery,
  limit: number,
): Promise<readonly StoredReading[]> => {
  const { where, values } = filterOf(query);
  const { after } = query;
  let behind = '';
  if (after !== undefined) {
    const at = sqlTime(after.observedAt);
    behind = `AND observed_at >= ${at} AND (observed_at, device, property) > (${at}, $${values.length + 1}, $${values.length + 2})`;
    values.push(after.device, after.property);
  }
  const result = await connection.run(
    `SELECT epoch_ms(observed_at)::DOUBLE, device, property, value, flag, timed_by, tests FROM reading WHERE ${where} ${behind}
    ORDER BY observed_at, device, property LIMIT ${numberOf(limit)}`,
    values,
  );
  return (await result.fetchAllChunks()).flatMap(storedReadings);
};

/** Rows page by page. */
export async function* readRows(
  database: Database,
  query: RawQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredReading[]> {
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  let { after } = query;
  while (left > 0) {
    const limit = Math.min(PAGE_ROWS, left);
    const rows = await database.read(signal, (connection) => readPage(connection, { ...query, after }, limit));
    if (rows.length > 0) yield rows;
    if (rows.length < limit) return;
    left -= rows.length;
    after = rows.at(-1);
  }
}

/** All windows of an aggregate, computed inside DuckDB. */
export const aggregateRows = async (
  connection: DuckDBConnection,
  query: AggregateQuery,
): Promise<readonly AggregateRow[]> => {
  const lag = lagOf(query);
  const { where, values } = filterOf({ ...query, from: query.from + lag, to: query.to + lag });
  const windows = windowsFor(query);
  const result = await connection.run(
    `SELECT ${startExpression(windows)}::DOUBLE AS start, device, ${aggregateExpression(query)}::DOUBLE, count(*)::DOUBLE
    FROM (SELECT epoch_ms(observed_at) - ${numberOf(lag)} AS ms, device, value FROM reading WHERE ${where})
    GROUP BY start, device ORDER BY start, device`,
    values,
  );
  return (await result.fetchAllChunks()).flatMap((chunk) => {
    const [devices, aggregates, counts] = [
      column(chunk, 1, 'string'),
      column(chunk, 2, 'number'),
      column(chunk, 3, 'number'),
    ];
    return column(chunk, 0, 'number').map((start, row) => ({
      start,
      end: endOfWindow(start, windows),
      device: devices[row] ?? '',
      property: query.property,
      value: aggregates[row] ?? Number.NaN,
      count: counts[row] ?? 0,
    }));
  });
};
