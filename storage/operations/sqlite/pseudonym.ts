import type { DatabaseSync } from 'node:sqlite';
import type { Person } from '#model/accounts/person.ts';
import { all, text } from './row.ts';

/** Texts that people write, and messages that repeat them: statements with the function `pseudonymous` of this file. */
const TEXTS = [
  ['alert_event', 'note'],
  ['silence', 'reason'],
  ['quarantine_event', 'note'],
  ['outbox', 'body'],
].map(([table, column]) => `UPDATE ${table} SET ${column} = pseudonymous(${column}) WHERE ${column} IS NOT NULL`);

const JSON_TEXTS = [
  ['acknowledged', '$.note'],
  ['rest', '$.closing.note'],
].map(
  ([column, path]) =>
    `UPDATE alert SET ${column} = json_set(${column}, '${path}', pseudonymous(json_extract(${column}, '${path}')))
     WHERE json_extract(${column}, '${path}') IS NOT NULL`,
);

const LEAST_LETTERS = 3;

const literal = (given: string): string => given.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** A telephone number however its digits are grouped, with 0 or 62 before it. */
const phonePattern = (phone: string): string => {
  const digits = phone.replaceAll(/\D/g, '').replace(/^(?:62|0)/, '');
  return String.raw`(?:\+?62|0)?[ .-]?${digits.split('').join('[ .-]?')}`;
};

const whole = (patterns: readonly string[], flags: string): RegExp | undefined =>
  patterns.length === 0
    ? undefined
    : new RegExp(String.raw`(?<![\p{L}\p{N}_@])(?:${patterns.join('|')})(?![\p{L}\p{N}_@])`, `gu${flags}`);

/** Finds the name, the contacts and a sign-in name that is not a plain word, in whatever case they are written. */
const wholeName = ({ name, login = '', email, phone }: Person): RegExp | undefined =>
  whole(
    [
      ...(email === undefined ? [] : [literal(email)]),
      literal(name),
      ...(/[^a-z]/.test(login) ? [literal(login)] : []),
      ...(phone === undefined ? [] : [phonePattern(phone)]),
    ],
    'i',
  );

/** Finds single words of the name, as they are written in it; not those that others have in their names. */
const partsOfName = ({ name }: Person, others: readonly string[]): RegExp | undefined => {
  const taken = new Set(others.flatMap((other) => other.split(/[^\p{L}]+/u)));
  const parts = name.split(/[^\p{L}]+/u).filter((part) => part.length >= LEAST_LETTERS && /^\p{Lu}/u.test(part));
  return whole(parts.filter((part) => !taken.has(part)).map(literal), '');
};

/** Replaces a person by a pseudonym in the texts that people wrote; to be called inside a transaction. */
export const pseudonymising = (database: DatabaseSync): ((person: Person, by: string) => void) => {
  let replace = (given: string): string => given;
  database.function('pseudonymous', (given) => (typeof given === 'string' ? replace(given) : given));
  const updates = [...TEXTS, ...JSON_TEXTS].map((sql) => database.prepare(sql));
  const names = database.prepare('SELECT name FROM person WHERE id <> $id UNION SELECT name FROM station');
  return (person, by) => {
    const others = all(names, (row) => text(row, 'name'), { id: person.id });
    const patterns = [wholeName(person), partsOfName(person, others)].filter((pattern) => pattern !== undefined);
    replace = (given) => patterns.reduce((left, pattern) => left.replaceAll(pattern, by), given);
    for (const update of updates) update.run();
  };
};
