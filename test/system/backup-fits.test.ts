import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { SCHEMA_VERSION } from '#storage/operations/sqlite/migrate.ts';
import { testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

/** A backup of a service that has just been made. */
const backup = async (): Promise<string> => {
  const service = await testService({ parts: ['broker', 'ingest'] });
  await service.ready();
  const folder = join(tempFolder(), 'backup');
  const made = await service.cli('backup', folder);
  expect(made, made.err).toMatchObject({ status: 0 });
  await service.stop();
  return folder;
};

/** Puts what a file holds now into the manifest. */
const reseal = (folder: string, changed: string): void => {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  const bytes = readFileSync(join(folder, changed));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  for (const file of manifest.files) if (file.path === changed) Object.assign(file, { sha256, bytes: bytes.length });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
};

/** Gives the operations database of a backup another version. */
const setVersion = (folder: string, version: number): void => {
  const path = join(folder, 'operations.db');
  const bytes = readFileSync(path);
  bytes.writeInt32BE(version, 60);
  writeFileSync(path, bytes);
  reseal(folder, 'operations.db');
};

/** Gives the readings of a backup another version. */
const setReadingsVersion = async (folder: string, version: number): Promise<void> => {
  const instance = await DuckDBInstance.create(join(folder, 'readings.duckdb'));
  const connection = await instance.connect();
  await connection.run(`INSERT INTO klawing_schema VALUES (${version})`);
  await connection.run('CHECKPOINT');
  connection.disconnectSync();
  instance.closeSync();
  reseal(folder, 'readings.duckdb');
};

test('a restore refuses another store and newer files and one from before the first release, before it writes anything', async () => {
  const folder = await backup();
  const restore = async (env: Readonly<Record<string, string>> = {}) => {
    const service = await testService({ parts: [], env });
    return { ...(await service.cli('restore', folder)), isMade: existsSync(service.data) };
  };
  const elsewhere = await restore({ KLAWING_STORE: 'influx', KLAWING_INFLUX_TOKEN: 'a-token' });
  expect(elsewhere).toMatchObject({ status: 2, isMade: false });
  expect(elsewhere.err).toMatch(/SETTING_INVALID: .*"duckdb".*"influx".*0 readings.*KLAWING_STORE=duckdb/);

  setVersion(folder, 9_999);
  const newer = await restore();
  expect(newer).toMatchObject({ status: 1, isMade: false });
  expect(newer.err).toMatch(/DATA_NEWER: .*operations\.db in the backup has schema 9999, this program knows \d+/);

  setVersion(folder, 16);
  const unreleased = await restore();
  expect(unreleased).toMatchObject({ status: 1, isMade: false });
  expect(unreleased.err).toMatch(/DATA_OLDER: .*operations\.db has schema 16, .*KLAWING_DATA/);

  setVersion(folder, SCHEMA_VERSION);
  await setReadingsVersion(folder, 99);
  const readings = await restore();
  expect(readings).toMatchObject({ status: 1, isMade: false });
  expect(readings.err).toMatch(/DATA_NEWER: .*readings\.duckdb in the backup has schema 99/);
});

test('a backup of a system with InfluxDB is not restored into one with DuckDB, where its readings would be missed', async () => {
  const folder = await backup();
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...manifest, store: { kind: 'influx', rows: null } }));
  const service = await testService({ parts: [] });
  const { status, err } = await service.cli('restore', folder);
  expect(status).toBe(2);
  expect(err).toMatch(/SETTING_INVALID: .*"influx".*"duckdb": its readings stay there.*KLAWING_STORE=influx/);
  expect(existsSync(service.data)).toBe(false);
});
