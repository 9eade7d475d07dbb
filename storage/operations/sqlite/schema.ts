import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '#model/base/fault.ts';
import { MIGRATIONS } from './migrations/index.ts';

/** The newest shape that this program knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The shape that a database has. */
export const versionOf = (database: DatabaseSync): number => {
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  return typeof version === 'number' ? version : 0;
};

/** Where SQLite keeps `user_version` in a file (sqlite.org/fileformat.html, 1.3.13). */
const VERSION_AT = 60;

/** The shape that a database which nobody has open is in, read without opening it: that alone would write beside it. */
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

/** Keeps a database as it was, beside it: what an older program can be given back. */
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
 * Brings a database to the newest shape, each step in a transaction of its own: one that fails leaves the file as it was.
 * One that has content is copied before, to `<path>.before-<version>`.
 * @throws Fault `DATA_NEWER` when it was written by a newer program
 */
export const migrate = (database: DatabaseSync, path: string): void => {
  const version = versionOf(database);
  if (version > SCHEMA_VERSION) {
    throw new Fault(
      'DATA_NEWER',
      `${path} has schema ${version}, this program knows ${SCHEMA_VERSION}; start the newer version again or restore a backup`,
    );
  }
  if (version > 0 && version < SCHEMA_VERSION) keepBefore(database, path, version);
  MIGRATIONS.slice(version).forEach((sql, index) => take(database, sql, version + index + 1));
};
