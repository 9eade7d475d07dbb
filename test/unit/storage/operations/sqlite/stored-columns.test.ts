import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { SCHEMA } from '#storage/operations/sqlite/schema.ts';
import { CLOSED_COLUMNS, FREE_COLUMNS } from '#test/support/builders/stored-columns.ts';

const Named = z.array(z.object({ name: z.string() }));

test('every column of text or bytes is known to hold what a sender chose, or not', () => {
  const database = new DatabaseSync(':memory:');
  database.exec(SCHEMA);
  const read = (sql: string): readonly string[] => Named.parse(database.prepare(sql).all()).map(({ name }) => name);
  const tables = read("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
  const columns = tables.flatMap((table) =>
    read(`SELECT name FROM pragma_table_info('${table}') WHERE type IN ('TEXT', 'BLOB')`).map(
      (name) => `${table}.${name}`,
    ),
  );
  expect(columns.toSorted()).toEqual([...FREE_COLUMNS, ...CLOSED_COLUMNS].toSorted());
});
