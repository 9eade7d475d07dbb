import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';

export type SqliteRow = Record<string, SQLOutputValue>;

const mismatch = (row: SqliteRow, column: string, wanted: string): TypeError =>
  new TypeError(`column ${column} holds ${typeof row[column]}, not ${wanted}`);

/** Reads a column as what the schema says it is; anything else is a bug, not bad input. */
export const text = (row: SqliteRow, column: string): string => {
  const value = row[column];
  if (typeof value !== 'string') throw mismatch(row, column, 'text');
  return value;
};

export const number = (row: SqliteRow, column: string): number => {
  const value = row[column];
  if (typeof value !== 'number') throw mismatch(row, column, 'a number');
  return value;
};

export const bytes = (row: SqliteRow, column: string): Uint8Array => {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw mismatch(row, column, 'bytes');
  return value;
};

/** Named parameters of a statement. */
export type NamedValues = Readonly<Record<string, SQLInputValue>>;

/** All rows of a statement, each read by `read`. */
export const all = <T>(statement: StatementSync, read: (row: SqliteRow) => T, values: NamedValues = {}): T[] =>
  statement.all(values).map((row) => read(row));

/** The first row of a statement, or undefined. */
export const first = <T>(
  statement: StatementSync,
  read: (row: SqliteRow) => T,
  values: NamedValues = {},
): T | undefined => {
  const row = statement.get(values);
  return row === undefined ? undefined : read(row);
};
