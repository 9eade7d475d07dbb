import type { DuckDBConnection, DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import { FLAG, parseFlag } from '#model/flag.ts';
import { startOfHour } from '#model/instant.ts';
import type {
  AggregateQuery,
  AggregateRow,
  RawQuery,
  ReadingQuery,
  RowCount,
  StoredReading,
} from '#ingest/store/store.ts';
import { windowsOf } from '#ingest/store/window.ts';
import { column, numberOf, sqlTime } from './sql.ts';
import { aggregateExpression, startExpression } from './window-sql.ts';

interface Filter {
  readonly where: string;
  readonly values: DuckDBValue[];
}

const filterOf = ({ station, family, property, from, to, flags }: ReadingQuery): Filter => {
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
  const [values, flags] = [column(chunk, 3, 'number'), column(chunk, 4, 'number')];
  return times.map((observedAt, row) => ({
    observedAt,
    device: devices[row] ?? '',
    property: properties[row] ?? '',
    value: values[row] ?? Number.NaN,
    flag: parseFlag(flags[row] ?? FLAG.UNKNOWN) ?? FLAG.UNKNOWN,
  }));
};

/** Rows in the order of the contract, as DuckDB streams them. */
export async function* readRows(
  connection: DuckDBConnection,
  query: RawQuery,
): AsyncGenerator<readonly StoredReading[]> {
  const { where, values } = filterOf(query);
  const { after, limit } = query;
  let behind = '';
  if (after !== undefined) {
    behind = `AND (observed_at, device, property) > (${sqlTime(after.observedAt)}, $${values.length + 1}, $${values.length + 2})`;
    values.push(after.device, after.property);
  }
  const result = await connection.stream(
    `SELECT epoch_ms(observed_at)::DOUBLE, device, property, value, flag FROM reading WHERE ${where} ${behind}
    ORDER BY observed_at, device, property ${limit === undefined ? '' : `LIMIT ${numberOf(limit)}`}`,
    values,
  );
  for await (const chunk of result) if (chunk.rowCount > 0) yield storedReadings(chunk);
}

/** All windows of an aggregate, computed inside DuckDB. */
export async function* aggregateRows(
  connection: DuckDBConnection,
  query: AggregateQuery,
): AsyncGenerator<readonly AggregateRow[]> {
  const { where, values } = filterOf(query);
  const windows = windowsOf(query.intervalMs, query.zone, query.from, query.to);
  const result = await connection.stream(
    `SELECT ${startExpression(windows)}::DOUBLE AS start, device, ${aggregateExpression(query)}::DOUBLE, count(*)::DOUBLE
    FROM (SELECT epoch_ms(observed_at) AS ms, device, value FROM reading WHERE ${where})
    GROUP BY start, device ORDER BY start, device`,
    values,
  );
  for await (const chunk of result) {
    const [devices, aggregates, counts] = [
      column(chunk, 1, 'string'),
      column(chunk, 2, 'number'),
      column(chunk, 3, 'number'),
    ];
    yield column(chunk, 0, 'number').map((start, row) => ({
      start,
      device: devices[row] ?? '',
      property: query.property,
      value: aggregates[row] ?? Number.NaN,
      count: counts[row] ?? 0,
    }));
  }
}

/** Rows per device, property and observed hour, both hours included. */
export async function* countRows(
  connection: DuckDBConnection,
  fromHour: number,
  toHour: number,
): AsyncGenerator<readonly RowCount[]> {
  const result = await connection.stream(`
    SELECT device, property, (epoch_ms(observed_at) // 3600000)::DOUBLE AS hour, count(*)::DOUBLE FROM reading
    WHERE observed_at >= ${sqlTime(startOfHour(fromHour))} AND observed_at < ${sqlTime(startOfHour(toHour + 1))}
    GROUP BY ALL ORDER BY device, property, hour
  `);
  for await (const chunk of result) {
    const [properties, hours, rows] = [
      column(chunk, 1, 'string'),
      column(chunk, 2, 'number'),
      column(chunk, 3, 'number'),
    ];
    yield column(chunk, 0, 'string').map((device, row) => ({
      device,
      property: properties[row] ?? '',
      hour: hours[row] ?? 0,
      rows: rows[row] ?? 0,
    }));
  }
}
