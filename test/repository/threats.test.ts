import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const page = readFileSync('docs/threats.md', 'utf8');

const sources = readdirSync('test', { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.test.ts') && !name.includes('threats'))
  .map((name) => readFileSync(join('test', name), 'utf8'))
  .join('\n');

/** Text between quotes in the tables is the title of a test. */
const named = [...page.matchAll(/"([^"]{12,})"/g)].flatMap(([, title]) => (title === undefined ? [] : [title]));

describe('the page of threats', () => {
  test('names many tests', () => {
    expect(named.length).toBeGreaterThan(20);
  });

  test.for(named)('names a test that exists: %s', (title) => {
    expect(sources).toContain(title);
  });
});
