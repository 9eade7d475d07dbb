import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = 'test/system/mqtt';
const CLAUSE = /\[MQTT-(\d+\.\d+\.\d+-\d+)\]/g;

const clausesOf = (text: string): string[] => [...text.matchAll(CLAUSE)].map(([, clause = '']) => clause);

const tests = readdirSync(FOLDER).filter((file) => file.endsWith('.test.ts'));
const named = new Map(
  tests.map((file) => [file.replace('.test.ts', ''), new Set(clausesOf(readFileSync(`${FOLDER}/${file}`, 'utf8')))]),
);
const rows = [...readFileSync('docs/mqtt.md', 'utf8').matchAll(/^\| (\d+\.\d+\.\d+-\d+) \| .*? \| `([\w-]+)`: /gm)];

test('docs/mqtt.md lists every clause that a test names, and no other', () => {
  const clauses = new Set([...named.values()].flatMap((each) => [...each]));
  const listed = rows.map(([, clause = '']) => clause);
  expect(listed.filter((clause) => !clauses.has(clause))).toEqual([]);
  expect([...clauses].filter((clause) => !listed.includes(clause))).toEqual([]);
  expect(new Set(listed).size).toBe(listed.length);
});

test('docs/mqtt.md names a file for each that has such a test', () => {
  const wrong = rows.filter(([, clause = '', file = '']) => named.get(file)?.has(clause) !== true);
  expect(wrong.map(([row]) => row)).toEqual([]);
});
