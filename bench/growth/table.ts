import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { z } from 'zod';
import { days } from '#model/base/duration.ts';
import { type Instant, formatInstant } from '#model/base/instant.ts';
import { forgetRows } from '#storage/readings/duckdb/forget.ts';

/** File of the readings in a data folder. */
const FILE = 'readings.duckdb';

/** Rows of one statement. */
const STEP = 5_000_000;

/** Bytes on disk of a row, an upper bound with the write-ahead log, and what stays free. */
const ROW_BYTES = 60;
const RESERVE_BYTES = 3e9;

/** Span of the made rows. */
export const MADE_SPAN = days(365);

/** The largest number of rows for which a disk has room. */
export const rowsWithRoom = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder);
  return Math.max(0, Math.floor((bavail * bsize - RESERVE_BYTES) / ROW_BYTES));
};

const numberOf = async (connection: DuckDBConnection, sql: string): Promise<number> => {
  const rows = await (await connection.run(sql)).getRows();
  return z.coerce.number().parse(rows[0]?.[0] ?? 0);
};

/** Resources of the making, and those that the service gives to DuckDB by default. */
const LARGE = { memory_limit: '2GB', threads: '2' };
const OF_THE_SERVICE = { memory_limit: '128MiB', threads: '1' };

const onFile = async <T>(
  folder: string,
  resources: Readonly<Record<string, string>>,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> => {
  const instance = await DuckDBInstance.create(join(folder, FILE), { ...resources });
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    // an open connection keeps the file locked against the service
    connection.disconnectSync();
    instance.closeSync();
  }
};

/**
 * Adds rows to the table of a stopped service until it has so many: the newest row of each series with other times, values and
 * numbers, in the order of time. The rows belong to a journal of their own, so that they are not taken for repeated entries.
 * @param until observed-at of the newest made row
 */
export const makeRows = (
  folder: string,
  { rows, until, say }: { readonly rows: number; readonly until: Instant; readonly say: (text: string) => void },
): Promise<void> =>
  onFile(folder, LARGE, async (connection) => {
    await connection.run(
      `INSERT INTO journal
      SELECT (SELECT max(id) + 1 FROM journal), 'growth' WHERE 'growth' NOT IN (SELECT name FROM journal)`,
    );
    const journal = await numberOf(connection, `SELECT id FROM journal WHERE name = 'growth'`);
    await connection.run(`CREATE TEMP TABLE template AS
      SELECT row_number() OVER (ORDER BY series) - 1 AS place, *
      FROM (SELECT * FROM reading_row WHERE journal <> ${journal}
        QUALIFY row_number() OVER (PARTITION BY series ORDER BY observed_at DESC) = 1)`);
    const series = await numberOf(connection, 'SELECT count(*) FROM template');
    const made = await numberOf(connection, `SELECT count(*) FROM reading_row WHERE journal = ${journal}`);
    const from = until - MADE_SPAN.ms;
    for (let at = made; at < rows; at += STEP) {
      const end = Math.min(rows, at + STEP);
      // made rows of an earlier call have the same span: the new ones lie between them
      const time = `TIMESTAMP '${formatInstant(from).slice(0, -1).replace('T', ' ')}'
        + to_milliseconds(((range - ${made}) // ${series} * ${series} * ${MADE_SPAN.ms}::DOUBLE / ${rows - made})::BIGINT)`;
      await connection.run(`INSERT INTO reading_row
        SELECT template.* EXCLUDE (place) REPLACE (${time} AS observed_at, ${time} AS received_at,
          round(value + hash(range) % 1000 / 100, 2) AS value, ${journal} AS journal, range + 1 AS sequence)
        FROM range(${at}, ${end}) JOIN template ON template.place = range % ${series}`);
      say(`${end.toLocaleString('en')} rows made`);
    }
    await connection.run('CHECKPOINT');
  });

/** Number of rows, and their bytes on disk. */
export interface TableSize {
  readonly rows: number;
  readonly bytes: number;
}

export const sizeOfTable = (folder: string): Promise<TableSize> =>
  onFile(folder, LARGE, async (connection) => ({
    rows: await numberOf(connection, 'SELECT count(*) FROM reading_row'),
    bytes: await numberOf(connection, 'SELECT used_blocks * block_size FROM pragma_database_size()'),
  }));

/** Removes the oldest day as the retention does; returns its rows and the time in milliseconds. */
export const forgetOldestDay = (
  folder: string,
  monotonic: () => number,
): Promise<{ readonly rows: number; readonly ms: number }> =>
  onFile(folder, OF_THE_SERVICE, async (connection) => {
    const oldest = await numberOf(connection, 'SELECT epoch_ms(min(observed_at))::DOUBLE FROM reading_row');
    const began = monotonic();
    const rows = await forgetRows(connection, oldest + days(1).ms);
    return { rows, ms: monotonic() - began };
  });
