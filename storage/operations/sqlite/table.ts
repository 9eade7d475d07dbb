import type { SQLInputValue } from 'node:sqlite';
import { z } from 'zod';
import { BytesMember, isDurationMember, isInstantMember, snakeCase, typeOf } from '#model/base/document.ts';
import { milliseconds } from '#model/base/duration.ts';
import { type SqliteRow, bytes, number, text } from './row.ts';

/** A table whose columns follow from a zod object: the member `receivedAt` is the column `received_at`. */
export interface Table<T> {
  /** Every column, for a SELECT. */
  readonly columns: string;
  /** `INSERT INTO …` of every column, for `values`. */
  readonly insert: string;
  /** The same, in place of a row with the same key. */
  readonly replace: string;
  /** The same; a row with this key keeps the columns that are named, and takes every other one. */
  upsert(key: string, ...kept: readonly string[]): string;
  /** The same; the numbers of a row with this key grow by those that are given. */
  addTo(...key: readonly string[]): string;
  /**
   * The parameters of these statements, in the order of the columns. SQLite looks each name of a parameter up in each run:
   * for rows of ten columns that takes twice the time of the row itself. So these few, which are made here, have no names.
   */
  values(thing: Readonly<T>): SQLInputValue[];
  read(row: SqliteRow): T;
}

/** Writes the value of one member into a column, and reads it. */
interface Cell {
  readonly column: string;
  write(value: unknown): SQLInputValue;
  read(row: SqliteRow): unknown;
}

const plain = (value: unknown): SQLInputValue => {
  if (typeof value === 'string' || typeof value === 'number' || value instanceof Uint8Array) return value;
  throw new TypeError(`SQLite holds no ${typeof value}`);
};

const duration = (column: string): Cell => ({
  column: `${column}_ms`,
  write: (value) => plain(Reflect.get(Object(value), 'ms')),
  read: (row) => milliseconds(number(row, `${column}_ms`)),
});

const truth = (column: string): Cell => ({
  column,
  write: (value) => (value === true ? 1 : 0),
  read: (row) => number(row, column) === 1,
});

/** One of a list of values; another is a bug, not bad input. */
const listed = (column: string, member: z.ZodType): Cell => ({
  column,
  write: plain,
  read: (row) => member.parse(row[column]),
});

const json = (column: string, member: z.ZodType): Cell => ({
  column,
  write: (value) => JSON.stringify(z.encode(member, value)),
  read: (row) => z.decode(member, JSON.parse(text(row, column))),
});

const isListed = (member: z.ZodType): boolean =>
  member instanceof z.ZodEnum ||
  member instanceof z.ZodCustom ||
  (member instanceof z.ZodUnion && member.options.every((option) => option instanceof z.ZodLiteral));

// oxlint-disable-next-line complexity -- a table of kinds of members
const cellOf = (column: string, member: z.ZodType): Cell => {
  if (member instanceof z.ZodOptional || member instanceof z.ZodExactOptional) return optional(column, member);
  if (member instanceof z.ZodReadonly) return cellOf(column, typeOf(member.def.innerType));
  if (isDurationMember(member)) return duration(column);
  if (isInstantMember(member) || member instanceof z.ZodNumber) {
    return { column, write: plain, read: (row) => number(row, column) };
  }
  if (member instanceof z.ZodBoolean || member instanceof z.ZodLiteral) return truth(column);
  if (member === BytesMember) return { column, write: plain, read: (row) => bytes(row, column) };
  if (member instanceof z.ZodString || member instanceof z.ZodStringFormat) {
    return { column, write: plain, read: (row) => text(row, column) };
  }
  return isListed(member) ? listed(column, member) : json(column, member);
};

const optional = (name: string, member: z.ZodOptional | z.ZodExactOptional): Cell => {
  const { column, write, read } = cellOf(name, typeOf(member.def.innerType));
  return {
    column,
    write: (value) => (value === undefined ? null : write(value)),
    read: (row) => (row[column] === null ? undefined : read(row)),
  };
};

/** Members without a column of their own stand as JSON in the column `rest`. */
const REST = 'rest';

const restOf = (thing: z.ZodObject): Cell => {
  const { write, read } = json(REST, thing);
  return { column: REST, write, read };
};

/**
 * @param columns members that queries ask for; all others stand as JSON in the column `rest`. Without it, each member has a
 * column, and there is no `rest`.
 */
export function tableOf<Shape extends z.ZodRawShape>(
  name: string,
  thing: z.ZodObject<Shape>,
  columns?: readonly (keyof Shape & string)[],
): Table<z.infer<z.ZodObject<Shape>>>;
export function tableOf(
  name: string,
  thing: z.ZodObject,
  columns: readonly string[] = Object.keys(thing.shape),
): Table<object> {
  const cells = columns.map((member) => {
    const schema = typeOf(thing.shape[member]);
    return { member, isAbsent: schema instanceof z.ZodExactOptional, ...cellOf(snakeCase(member), schema) };
  });
  const others = Object.keys(thing.shape).filter((member) => !columns.includes(member));
  const rest =
    others.length === 0
      ? undefined
      : restOf(z.object(Object.fromEntries(others.map((member) => [member, typeOf(thing.shape[member])]))));
  const all = [...cells.map(({ column }) => column), ...(rest === undefined ? [] : [REST])];
  const into = `"${name}" (${all.map(quoted).join(', ')}) VALUES (${all.map(() => '?').join(', ')})`;
  return {
    columns: all.map(quoted).join(', '),
    insert: `INSERT INTO ${into}`,
    replace: `INSERT OR REPLACE INTO ${into}`,
    upsert: (key, ...kept) => {
      const taken = all.filter((column) => column !== key && !kept.includes(column)).map(quoted);
      const updates = taken.map((column) => `${column} = excluded.${column}`).join(', ');
      return `INSERT INTO ${into} ON CONFLICT (${quoted(key)}) DO UPDATE SET ${updates}`;
    },
    addTo: (...key) => {
      const grown = all.filter((column) => !key.includes(column)).map(quoted);
      const sums = grown.map((column) => `${column} = ${column} + excluded.${column}`).join(', ');
      return `INSERT INTO ${into} ON CONFLICT DO UPDATE SET ${sums}`;
    },
    values: (value) => {
      const row = cells.map(({ member, write }) => write(Reflect.get(value, member)));
      if (rest !== undefined) row.push(rest.write(pick(value, others)));
      return row;
    },
    read: (row) => {
      const value: Record<string, unknown> = {};
      for (const { member, isAbsent, read } of cells) {
        const found = read(row);
        if (found !== undefined || !isAbsent) value[member] = found;
      }
      return rest === undefined ? value : Object.assign(value, rest.read(row));
    },
  };
}

const quoted = (column: string): string => `"${column}"`;

const pick = (from: object, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
