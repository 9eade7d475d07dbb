import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const FOLDERS = ['test/system/mqtt', 'test/system/broker', 'test/unit/broker'];

/** Section of the standard and how many clauses it numbers. */
const SECTIONS: Readonly<Record<string, number>> = {
  '1.5.3': 3,
  '2.2.2': 2,
  '2.3.1': 7,
  '3.1.0': 2,
  '3.1.2': 24,
  '3.1.3': 11,
  '3.1.4': 5,
  '3.2.0': 1,
  '3.2.2': 6,
  '3.3.1': 12,
  '3.3.2': 3,
  '3.3.4': 1,
  '3.3.5': 2,
  '3.6.1': 1,
  '3.8.1': 1,
  '3.8.3': 4,
  '3.8.4': 6,
  '3.9.3': 2,
  '3.10.1': 1,
  '3.10.3': 2,
  '3.10.4': 6,
  '3.12.4': 1,
  '3.14.1': 1,
  '3.14.4': 3,
  '4.1.0': 2,
  '4.2.0': 1,
  '4.3.1': 1,
  '4.3.2': 2,
  '4.3.3': 2,
  '4.4.0': 1,
  '4.5.0': 2,
  '4.6.0': 6,
  '4.7.1': 3,
  '4.7.2': 1,
  '4.7.3': 4,
  '4.8.0': 2,
  '6.0.0': 4,
  '7.0.0': 2,
  '7.1.1': 2,
  '7.1.2': 2,
};
const CLAUSES = Object.entries(SECTIONS).flatMap(([section, count]) =>
  Array.from({ length: count }, (_, i) => `${section}-${i + 1}`),
);

const CLAUSE = /\[MQTT-(\d+\.\d+\.\d+-\d+)\]/g;

const clausesOf = (text: string): string[] => [...text.matchAll(CLAUSE)].map(([, clause = '']) => clause);

/** Titles of tests by the name of their file. */
const titles = new Map<string, string[]>();
for (const folder of FOLDERS) {
  for (const path of readdirSync(folder, { recursive: true }).map(String)) {
    const [, name] = /([\w-]+)\.test\.ts$/.exec(path) ?? [];
    if (name === undefined) continue;
    const quoted = readFileSync(join(folder, path), 'utf8').matchAll(/(['`])(.*\[MQTT-.*?)\1/g);
    titles.set(name, [...(titles.get(name) ?? []), ...[...quoted].map(([, , title = '']) => title)]);
  }
}

/** Words of a title as they stand in the page, whatever a test fills in. */
const wordsOf = (title: string): string[] =>
  (title.split(' [MQTT-')[0] ?? '').split(/%s|\$\{[^}]*\}|\$\w+/).map((words) => words.trim());

const page = readFileSync('docs/mqtt.md', 'utf8');
const rows = [...page.matchAll(/^\| (\d+\.\d+\.\d+-\d+) \| .*? \| `([\w-]+)`: (.*?) \| (.*) \|$/gm)].map(
  ([, clause = '', file = '', told = '', outcome = '']) => ({ clause, file, told, outcome }),
);
const reasons = [...page.matchAll(/^\| (\d+\.\d+\.\d+-\d+) \| [^|]+ \|$/gm)].map(([, clause = '']) => clause);
const deviations = new Map(
  [...(page.split('## Deviations')[1]?.split('## ')[0] ?? '').matchAll(/^(\d+)\. ((?:.|\n(?!\d+\. |\n))*)/gm)].map(
    ([, number = '', text = '']) => [number, clausesOf(text)],
  ),
);

describe('docs/mqtt.md', () => {
  test('has a row for every clause of MQTT 3.1.1, or says why there is no test', () => {
    const listed = [...rows.map(({ clause }) => clause), ...reasons];
    expect(listed.toSorted()).toEqual(CLAUSES.toSorted());
  });

  test('has a row for every clause that a test names', () => {
    const named = new Set([...titles.values()].flat().flatMap(clausesOf));
    const listed = new Set(rows.map(({ clause }) => clause));
    expect([...named].filter((clause) => !listed.has(clause))).toEqual([]);
  });

  test.for(rows)('names a test of $clause that is there', ({ clause, file, told }) => {
    const found = (titles.get(file) ?? []).filter((title) => clausesOf(title).includes(clause));
    expect(found.some((title) => wordsOf(title).every((words) => told.includes(words)))).toBe(true);
  });

  test('lists a deviation for each clause that is not kept in full, and no other', () => {
    const saved = rows.flatMap(({ clause, outcome }) =>
      [...outcome.matchAll(/\d+/g)].map(([number]) => `${number} ${clause}`),
    );
    const listed = [...deviations].flatMap(([number, clauses]) => clauses.map((clause) => `${number} ${clause}`));
    expect(deviations.size).toBeGreaterThan(0);
    expect(saved.toSorted()).toEqual(listed.toSorted());
    expect(rows.filter(({ outcome }) => !outcome.startsWith('kept'))).toEqual([]);
  });
});
