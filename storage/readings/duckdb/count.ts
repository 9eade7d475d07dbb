import type { DuckDBConnection } from '@duckdb/node-api';
import { hourOf, startOfHour } from '#model/base/instant.ts';
import type { RowCount } from '#storage/readings/store.ts';
import type { Database } from './database.ts';
import { column, sqlTime } from './sql.ts';

/** Hours that are counted by one query, so that neither side ever holds the groups of a whole year. */
const HOURS_PER_QUERY = 24 * 7;

/** The first and the last observed hour of the table; nothing when it is empty. */
const heldHours = async (connection: DuckDBConnection): Promise<readonly [first: number, last: number] | undefined> => {
  const result = await connection.run(`
    SELECT epoch_ms(min(observed_at))::DOUBLE, epoch_ms(max(observed_at))::DOUBLE FROM reading_row HAVING count(*) > 0
  `);
  const [chunk] = await result.fetchAllChunks();
  if (chunk === undefined) return undefined;
  const [first, last] = [column(chunk, 0, 'number')[0], column(chunk, 1, 'number')[0]];
  return first === undefined || last === undefined ? undefined : [hourOf(first), hourOf(last)];
};

const countSpan = async (connection: DuckDBConnection, first: number, last: number): Promise<readonly RowCount[]> => {
  const result = await connection.run(`
    SELECT device, property, hour::DOUBLE, sum(rows)::DOUBLE
    FROM (SELECT series, epoch_ms(observed_at) // 3600000 AS hour, count(*) AS rows FROM reading_row
      WHERE observed_at >= ${sqlTime(startOfHour(first))} AND observed_at < ${sqlTime(startOfHour(last + 1))}
      GROUP BY ALL) JOIN series ON id = series
    GROUP BY device, property, hour ORDER BY device, property, hour
  `);
  return (await result.fetchAllChunks()).flatMap((chunk) => {
    const [properties, hours, rows] = [
      column(chunk, 1, 'string'),
      column(chunk, 2, 'number'),
      column(chunk, 3, 'number'),
    ];
    return column(chunk, 0, 'string').map((device, row) => ({
      device,
      property: properties[row] ?? '',
      hour: hours[row] ?? 0,
      rows: rows[row] ?? 0,
    }));
  });
};

/** Rows per device, property and observed hour, both hours included, a week at a time. */
export async function* countRows(
  database: Database,
  fromHour: number,
  toHour: number,
  signal: AbortSignal,
): AsyncGenerator<readonly RowCount[]> {
  const held = await database.read(signal, heldHours);
  if (held === undefined) return;
  const end = Math.min(toHour, held[1]);
  for (let first = Math.max(fromHour, held[0]); first <= end; first += HOURS_PER_QUERY) {
    const last = Math.min(first + HOURS_PER_QUERY - 1, end);
    const rows = await database.read(signal, (connection) => countSpan(connection, first, last));
    if (rows.length > 0) yield rows;
  }
}
