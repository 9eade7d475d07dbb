import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startDuckDbStore } from '#storage/readings/duckdb/duckdb.ts';
import { migrate, READINGS_SCHEMA } from '#storage/readings/duckdb/schema.ts';
import { DuckDbSettings } from '#storage/readings/duckdb/settings.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

/** As a program from before there were versions made it. */
const BEFORE_VERSIONS = `
  CREATE TABLE reading (
    observed_at TIMESTAMP NOT NULL, station VARCHAR NOT NULL, device VARCHAR NOT NULL, family VARCHAR NOT NULL,
    property VARCHAR NOT NULL, value DOUBLE NOT NULL, flag TINYINT NOT NULL, received_at TIMESTAMP NOT NULL,
    journal VARCHAR NOT NULL, sequence BIGINT NOT NULL);
  INSERT INTO reading VALUES
    ('2026-11-24 03:00:00', 'ST1', 'dev-1', 'air', 'pm2_5', 38.5, 1, '2026-11-24 03:00:01', 'a', 7);
`;

const SETTINGS = DuckDbSettings.parse({ kind: 'duckdb' });
const never = new AbortController().signal;

const withFile = async <T>(folder: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
  const instance = await DuckDBInstance.create(join(folder, 'readings.duckdb'));
  try {
    return await work(await instance.connect());
  } finally {
    instance.closeSync();
  }
};

const rowsOf = async (connection: DuckDBConnection, query: string) =>
  (await connection.runAndReadAll(query)).getRowsJson();

describe('a DuckDB file', () => {
  test('from before there were versions is taken over with its rows', async () => {
    const folder = tempFolder();
    await withFile(folder, (connection) => connection.run(BEFORE_VERSIONS));
    const store = await startDuckDbStore(SETTINGS, { folder });
    onTestFinished(() => store.stop());
    const query = {
      station: 'ST1',
      family: 'air',
      property: undefined,
      flags: [1, 2, 3, 4] as const,
      after: undefined,
      from: Date.UTC(2026, 10, 24),
      to: Date.UTC(2026, 10, 25),
      limit: undefined,
    };
    expect(await Array.fromAsync(store.read(query, never))).toMatchObject([
      [{ device: 'dev-1', value: 38.5, timedBy: 'device' }],
    ]);
    await store.stop();
    expect(
      await withFile(folder, (connection) => rowsOf(connection, 'SELECT max(version) FROM klawing_schema')),
    ).toEqual([[READINGS_SCHEMA]]);
  });

  test('of a newer program is refused, and left as it is', async () => {
    const folder = tempFolder();
    await withFile(folder, async (connection) => {
      await migrate(connection, 'it');
      await connection.run('INSERT INTO klawing_schema VALUES (99)');
    });
    await expect(startDuckDbStore(SETTINGS, { folder })).rejects.toMatchObject({
      code: 'DATA_NEWER',
      detail: expect.stringContaining('schema 99'),
    });
  });

  test('takes the steps that it lacks, and none of one that fails', async () => {
    const folder = tempFolder();
    await withFile(folder, async (connection) => {
      const first = 'CREATE TABLE reading (value DOUBLE)';
      await migrate(connection, 'it', [first]);
      await connection.run('INSERT INTO reading VALUES (1)');
      const further = [first, 'ALTER TABLE reading ADD COLUMN unit VARCHAR'];
      await expect(
        migrate(connection, 'it', [...further, 'CREATE TABLE left_over (a INTEGER); SELECT error(1)']),
      ).rejects.toThrow();
      expect(await rowsOf(connection, 'SELECT max(version) FROM klawing_schema')).toEqual([[2]]);
      await expect(connection.run('SELECT * FROM left_over')).rejects.toThrow();
      await migrate(connection, 'it', further);
      expect(await rowsOf(connection, 'SELECT * FROM reading')).toEqual([[1, null]]);
    });
  });
});
