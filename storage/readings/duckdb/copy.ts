import type { DuckDBConnection } from '@duckdb/node-api';
import { column } from './sql.ts';
import type { Database } from './database.ts';

const TARGET = 'klawing_copy';

const quoted = (text: string, mark: '"' | "'"): string => mark + text.replaceAll(mark, mark + mark) + mark;

const copyTo = async (connection: DuckDBConnection, onBegun: () => void): Promise<number> => {
  await connection.run('BEGIN TRANSACTION');
  const counted = await connection.run('SELECT count(*)::DOUBLE, current_database() FROM reading_row');
  const [chunk] = await counted.fetchAllChunks();
  if (chunk === undefined) throw new TypeError('a count gave no row');
  onBegun();
  await connection.run(`COPY FROM DATABASE ${quoted(column(chunk, 1, 'string')[0] ?? '', '"')} TO ${TARGET}`);
  await connection.run('COMMIT');
  await connection.run(`CHECKPOINT ${TARGET}`);
  return column(chunk, 0, 'number')[0] ?? 0;
};

/**
 * Writes the table into a new DuckDB file. The first statement fixes what the transaction sees: rows that are written
 * meanwhile are not in the copy. DuckDB keeps what it needs for that in its write-ahead log, which grows until the end.
 */
export const copyRows = (database: Database, path: string, onBegun: () => void, signal: AbortSignal): Promise<number> =>
  database.read(signal, async (connection) => {
    await connection.run(`ATTACH ${quoted(path, "'")} AS ${TARGET}`);
    try {
      return await copyTo(connection, onBegun);
    } catch (error) {
      await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      await connection.run(`DETACH ${TARGET}`).catch(() => undefined);
    }
  });
