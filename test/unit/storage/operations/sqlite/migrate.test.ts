import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { migrate, SCHEMA_VERSION } from '#storage/operations/sqlite/migrate.ts';
import { SCHEMA } from '#storage/operations/sqlite/schema.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

/** A migration of the future. */
const SECOND = 'ALTER TABLE station ADD COLUMN village TEXT; CREATE TABLE visit (station TEXT NOT NULL) STRICT';
const NEXT = SCHEMA_VERSION + 1;

const opened = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path);
  onTestFinished(() => {
    if (database.isOpen) database.close();
  });
  return database;
};

const versionOf = (database: DatabaseSync) => database.prepare('PRAGMA user_version').get()?.['user_version'];

/** A database as this program leaves it, with a station. */
const withStation = (): string => {
  const path = join(tempFolder(), 'operations.db');
  const database = opened(path);
  migrate(database, path);
  database.exec(
    `INSERT INTO station (id, family, name, lat, lon, attributes) VALUES ('ST1', 'air', 'Stasiun', -7.39, 109.36, '{}')`,
  );
  database.close();
  return path;
};

test('a database is brought to the next schema, keeps what it holds, and is copied before', () => {
  const path = withStation();
  const database = opened(path);
  migrate(database, path, [SCHEMA, SECOND]);
  expect(versionOf(database)).toBe(NEXT);
  expect(database.prepare('SELECT id, village FROM station').get()).toEqual({ id: 'ST1', village: null });
  const before = opened(`${path}.before-${SCHEMA_VERSION}`);
  expect(versionOf(before)).toBe(SCHEMA_VERSION);
  expect(before.prepare('SELECT id FROM station').get()).toEqual({ id: 'ST1' });
});

test('a database that is empty, or new enough, is not copied', () => {
  const path = join(tempFolder(), 'operations.db');
  for (let start = 0; start < 2; start += 1) {
    const database = opened(path);
    migrate(database, path);
    expect(versionOf(database)).toBe(SCHEMA_VERSION);
    database.close();
  }
  expect(existsSync(`${path}.before-0`)).toBe(false);
  expect(existsSync(`${path}.before-${SCHEMA_VERSION}`)).toBe(false);
});

test('a new database takes every migration', () => {
  const path = join(tempFolder(), 'operations.db');
  const database = opened(path);
  migrate(database, path, [SCHEMA, SECOND]);
  expect(versionOf(database)).toBe(NEXT);
  expect(database.prepare('SELECT count(*) AS visits FROM visit').get()).toEqual({ visits: 0 });
});

test('a migration that fails leaves the file at the schema before it', () => {
  const path = withStation();
  const database = opened(path);
  database.exec('CREATE TABLE visit (in_the_way TEXT)');
  expect(() => migrate(database, path, [SCHEMA, SECOND])).toThrow(/visit/);
  expect(versionOf(database)).toBe(SCHEMA_VERSION);
  expect(() => database.prepare('SELECT village FROM station')).toThrow(/village/);
  database.exec('DROP TABLE visit');
  migrate(database, path, [SCHEMA, SECOND]);
  expect(versionOf(database)).toBe(NEXT);
});

test('a database of a newer program is refused, with what to do', () => {
  const path = join(tempFolder(), 'operations.db');
  const database = opened(path);
  database.exec(`PRAGMA user_version = ${NEXT}`);
  database.close();
  expect(() => openSqliteOperations(path)).toThrow(/start the newer version again or restore a backup/);
});

describe.for([1, 16])('a database of schema %i, from before the first release', (version) => {
  test('is refused and left as it is, with what to do', () => {
    const path = join(tempFolder(), 'operations.db');
    const database = opened(path);
    database.exec(`CREATE TABLE station (id TEXT); PRAGMA user_version = ${version}`);
    expect(() => migrate(database, path)).toThrow(
      new RegExp(
        `has schema ${version}, the oldest that this program reads is ${SCHEMA_VERSION}; keep a copy.*new one`,
      ),
    );
    expect(versionOf(database)).toBe(version);
    expect(database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()).toEqual({ tables: 1 });
  });
});
