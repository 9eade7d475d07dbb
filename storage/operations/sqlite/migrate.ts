import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '#model/base/fault.ts';
import { dataOlder } from '#model/base/older-data.ts';
import { SCHEMA } from './schema.ts';

/**
 * Migrations from an empty file to the newest schema, in order. One that has been released is never changed: the next is a
 * file of its own, behind it.
 */
const MIGRATIONS: readonly string[] = [SCHEMA];

/** Schemas up to this one were those of development, before the first release; nothing converts them. */
const UNRELEASED = 18;

/** The newest schema that these migrations make: `PRAGMA user_version` of the file. */
const newestOf = (migrations: readonly string[]): number => UNRELEASED + migrations.length;

/** The newest schema that this program knows. */
export const SCHEMA_VERSION = newestOf(MIGRATIONS);

/** True for a database from before the first release; a new file has version 0. */
export const isUnreleased = (version: number): boolean => version > 0 && version <= UNRELEASED;

/** @throws Fault `DATA_OLDER` for a database from before the first release */
export const refuseUnreleased = (path: string, version: number): void => {
  if (isUnreleased(version)) throw dataOlder(`${path} has schema ${version}`, `${UNRELEASED + 1}`);
};

/** The schema of a database. */
export const versionOf = (database: DatabaseSync): number => {
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  return typeof version === 'number' ? version : 0;
};

/** Offset of `user_version` in a file of SQLite (sqlite.org/fileformat.html, 1.3.13). */
const VERSION_AT = 60;

/** The schema of a database that nobody has open. It is read without SQLite, which would write files beside it. */
export const versionInHeader = (path: string): number => {
  const header = Buffer.alloc(VERSION_AT + 4);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, header, 0, header.length, 0);
  } finally {
    closeSync(fd);
  }
  return header.readInt32BE(VERSION_AT);
};

/** Copies a database beside itself before it is changed, for a return to the older program. */
const keepBefore = (database: DatabaseSync, path: string, version: number): void => {
  const copy = `${path}.before-${version}`;
  if (!existsSync(copy)) database.prepare('VACUUM INTO ?').run(copy);
};

const take = (database: DatabaseSync, sql: string, version: number): void => {
  try {
    database.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${version}; COMMIT`);
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
};

/**
 * Brings a database to the newest schema, each migration in a transaction of its own: one that fails leaves the file as it
 * was. A database with content is copied before, to `<path>.before-<version>`.
 * @param migrations other than those of this program only in tests
 * @throws Fault `DATA_NEWER` when a newer program wrote it, `DATA_OLDER` when it is from before the first release
 */
export const migrate = (database: DatabaseSync, path: string, migrations = MIGRATIONS): void => {
  const version = versionOf(database);
  const newest = newestOf(migrations);
  if (version > newest) {
    throw new Fault(
      'DATA_NEWER',
      `${path} has schema ${version}, this program knows ${newest}; start the newer version again or restore a backup`,
    );
  }
  refuseUnreleased(path, version);
  if (version > 0 && version < newest) keepBefore(database, path, version);
  const taken = version === 0 ? 0 : version - UNRELEASED;
  migrations.slice(taken).forEach((sql, index) => take(database, sql, UNRELEASED + taken + index + 1));
};
