import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { BytesMember, DurationMember, InstantMember } from '#model/base/document.ts';
import { minutes } from '#model/base/duration.ts';
import { tableOf } from '#storage/operations/sqlite/table.ts';

const Thing = z.object({
  id: z.string(),
  receivedAt: InstantMember,
  every: DurationMember,
  isLate: z.boolean(),
  state: z.enum(['open', 'closed']),
  flag: z.union([z.literal(1), z.literal(9)]),
  payload: BytesMember,
  by: z.string().optional(),
  certified: z.literal(true).exactOptional(),
  installedAt: z.iso.date().exactOptional(),
  closing: z.object({ at: InstantMember, note: z.string().exactOptional() }).exactOptional(),
  fields: z.record(z.string(), z.number()).readonly(),
});
type Thing = z.infer<typeof Thing>;

const EMPTY: Thing = {
  id: 'a',
  receivedAt: 5,
  every: minutes(1),
  isLate: false,
  state: 'open',
  flag: 1,
  payload: Uint8Array.of(),
  by: undefined,
  fields: {},
};

const FULL: Thing = {
  ...EMPTY,
  id: 'b',
  isLate: true,
  flag: 9,
  payload: Uint8Array.of(1, 2),
  by: 'Sari',
  certified: true,
  installedAt: '2026-11-24',
  closing: { at: 1_795_489_200_123 },
  fields: { pm10: 0.1 },
};

const COLUMNS =
  'id TEXT PRIMARY KEY, received_at INTEGER, every_ms INTEGER, is_late INTEGER, state TEXT, flag INTEGER, payload BLOB, "by" TEXT, certified INTEGER, installed_at TEXT, closing TEXT, fields TEXT';

const databaseWith = (columns: string): DatabaseSync => {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  database.exec(`CREATE TABLE thing (${columns}) STRICT`);
  return database;
};

test.for([
  { what: 'a column for each member', table: tableOf('thing', Thing), columns: COLUMNS },
  {
    what: 'one column for members that no query asks for',
    table: tableOf('thing', Thing, ['id', 'payload', 'by']),
    columns: 'id TEXT PRIMARY KEY, payload BLOB, "by" TEXT, rest TEXT NOT NULL',
  },
])('a table with $what gives back each thing as it was put', ({ table, columns }) => {
  const database = databaseWith(columns);
  const put = database.prepare(table.upsert('id', 'by'));
  for (const thing of [EMPTY, FULL]) put.run(...table.values(thing));
  const all = () => database.prepare(`SELECT ${table.columns} FROM thing ORDER BY id`).all().map(table.read);
  expect(all()).toEqual([EMPTY, FULL]);
  expect(all()[0]).not.toHaveProperty('installedAt');
  put.run(...table.values({ ...FULL, state: 'closed', by: 'Budi' }));
  expect(all()[1]).toEqual({ ...FULL, state: 'closed', by: 'Sari' });
});

test('a word that the schema does not know is an error, and so is a column of another type', () => {
  const table = tableOf('thing', Thing.pick({ id: true, state: true }));
  expect(() => table.read({ id: 'a', state: 'ajar' })).toThrow(/ajar|Invalid option/);
  expect(() => table.read({ id: 5, state: 'open' })).toThrow(/column id holds number/);
});
