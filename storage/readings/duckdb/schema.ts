import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { Fault } from '#model/base/fault.ts';
import { toFault } from './faults.ts';
import { column, numberOf } from './sql.ts';

/**
 * Numbered steps from an empty file to the newest shape; `klawing_schema` says how many were taken. A step that has been
 * released is never changed: a new one is added behind it. The first may meet its table, in a file from before versions.
 *
 * Times are TIMESTAMP in UTC, so that `WHERE observed_at >= '2026-11-24'` and `date_trunc` work as written from any
 * DuckDB client. No primary key: a key costs memory without bound.
 */
const STEPS: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS reading (
    observed_at TIMESTAMP NOT NULL, station VARCHAR NOT NULL, device VARCHAR NOT NULL, family VARCHAR NOT NULL,
    property VARCHAR NOT NULL, value DOUBLE NOT NULL, flag TINYINT NOT NULL, received_at TIMESTAMP NOT NULL,
    journal VARCHAR NOT NULL, sequence BIGINT NOT NULL)`,
  // rows from before were not marked: they read as timed by their device
  'ALTER TABLE reading ADD COLUMN timed_by TINYINT DEFAULT 0',
  // the texts of a series stand once: rows are smaller, and are appended without a look at them
  `CREATE TABLE series (id INTEGER NOT NULL, station VARCHAR NOT NULL, device VARCHAR NOT NULL, family VARCHAR NOT NULL,
    property VARCHAR NOT NULL);
  CREATE TABLE journal (id SMALLINT NOT NULL, name VARCHAR NOT NULL);
  CREATE TABLE reading_row (
    observed_at TIMESTAMP NOT NULL, series INTEGER NOT NULL, value DOUBLE NOT NULL, flag TINYINT NOT NULL,
    received_at TIMESTAMP NOT NULL, journal SMALLINT NOT NULL, sequence BIGINT NOT NULL, timed_by TINYINT NOT NULL);
  INSERT INTO series SELECT row_number() OVER () - 1, * FROM (SELECT DISTINCT station, device, family, property FROM reading);
  INSERT INTO journal SELECT row_number() OVER () - 1, * FROM (SELECT DISTINCT journal FROM reading);
  INSERT INTO reading_row SELECT observed_at, series.id, value, flag, received_at, journal.id, sequence, coalesce(timed_by, 0)
    FROM reading JOIN series USING (station, device, family, property) JOIN journal ON journal.name = reading.journal;
  DROP TABLE reading;
  CREATE VIEW reading AS SELECT observed_at, station, device, family, property, value, flag, received_at,
    journal.name AS journal, sequence, timed_by
    FROM reading_row JOIN series ON series.id = reading_row.series JOIN journal ON journal.id = reading_row.journal`,
  // in rows from before, the flags of the single tests are not known
  `DROP VIEW reading;
  ALTER TABLE reading_row ADD COLUMN tests INTEGER DEFAULT 0;
  CREATE VIEW reading AS SELECT observed_at, station, device, family, property, value, flag, received_at,
    journal.name AS journal, sequence, timed_by, tests
    FROM reading_row JOIN series ON series.id = reading_row.series JOIN journal ON journal.id = reading_row.journal`,
];

/** The newest shape that this program knows. */
export const READINGS_SCHEMA = STEPS.length;

const versionOf = async (connection: DuckDBConnection): Promise<number> => {
  const result = await connection.run('SELECT max(version)::DOUBLE FROM klawing_schema HAVING count(*) > 0');
  const [chunk] = await result.fetchAllChunks();
  return chunk === undefined ? 0 : (column(chunk, 0, 'number')[0] ?? 0);
};

/**
 * The shape of a file that nobody has open, which stays as it is.
 * @throws Fault `STORE_FAILED` when it cannot be read, `DATA_NEWER` when this DuckDB is too old for it
 */
export const versionOfFile = async (path: string): Promise<number> => {
  try {
    const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
    try {
      return await versionOf(await instance.connect());
    } finally {
      instance.closeSync();
    }
  } catch (error) {
    throw toFault(error, path);
  }
};

/**
 * Brings a file to the newest shape, each step in a transaction of its own.
 * @param steps other than those of this program only in tests
 * @throws Fault `DATA_NEWER` when a newer program wrote it
 */
export const migrate = async (connection: DuckDBConnection, path: string, steps = STEPS): Promise<void> => {
  await connection.run('CREATE TABLE IF NOT EXISTS klawing_schema (version INTEGER NOT NULL)');
  const version = await versionOf(connection);
  if (version > steps.length) {
    throw new Fault(
      'DATA_NEWER',
      `${path} has schema ${version}, this program knows ${steps.length}; start the newer version again or restore a backup`,
    );
  }
  for (const [index, step] of steps.slice(version).entries()) {
    await connection.run('BEGIN TRANSACTION');
    try {
      await connection.run(step);
      await connection.run(`INSERT INTO klawing_schema VALUES (${numberOf(version + index + 1)})`);
      await connection.run('COMMIT');
    } catch (error) {
      await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }
};
