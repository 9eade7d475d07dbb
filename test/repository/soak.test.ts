import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAULTS } from '#test/soak/faults/index.ts';

const page = readFileSync('docs/soak.md', 'utf8');
const table = page.slice(page.indexOf('### Fault by fault'), page.indexOf('## Limits of the method'));
const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Fault'));

/** Titles of tests, and the summaries of faults, from which titles are made. */
const sources = ['test/unit', 'test/contract', 'test/system', 'test/soak/faults']
  .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(name, 'utf8'))
  .join('\n');

const titlesIn = (row: string): readonly string[] =>
  [...row.matchAll(/"([^"]{12,})"/g)].flatMap(([, title]) => (title === undefined ? [] : [title]));

describe('the table of faults', () => {
  test.for(rows)('names tests that exist: %s', (row) => {
    expect(titlesIn(row).length).toBeGreaterThan(0);
    for (const title of titlesIn(row)) expect(sources).toContain(title);
  });

  test.for(FAULTS.map(({ name }) => name))('has the soak fault %s, and so has the list above it', (name) => {
    expect(table).toContain(`\`${name}\``);
    expect(page.slice(0, page.indexOf('### Fault by fault'))).toContain(`| \`${name}\` |`);
  });

  test.for(FAULTS.map(({ name }) => name))('has %s played by npm test', (name) => {
    const played = ['kill', 'rounds']
      .map((file) => readFileSync(`test/system/faults/${file}.test.ts`, 'utf8'))
      .join('');
    expect(played).toContain(`#test/soak/faults/${name}.ts`);
  });
});
