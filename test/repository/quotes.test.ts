import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VARIABLES } from '#cli/environment.ts';
import { keysOf, SETTINGS_SCHEMA } from './settings/schema.ts';

/** Pages that describe the program as it is. A decision may quote the program as it was. */
const PAGES = [
  'README.md',
  'SECURITY.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.startsWith('decisions/'))
    .map((name) => join('docs', name)),
];

const filesOf = (...patterns: readonly string[]): readonly string[] =>
  execFileSync('git', ['ls-files', ...patterns], { encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && existsSync(file));

const FOLDERS = new Set(
  readdirSync('.', { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])),
);

const product = filesOf('*.ts', '*.tsx')
  .filter((file) => !/^(?:test|bench)\//.test(file))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

/** Names of metrics in the program; one that ends in `_` is the beginning of several. */
const METRICS = [...new Set(product.match(/\bklawing_[a-z0-9_]+/g))];

const isMetric = (name: string): boolean => {
  const base = name.replace(/_(?:bucket|count|sum)$/, '');
  return METRICS.some(
    (metric) => metric === name || metric === base || (metric.endsWith('_') && base.startsWith(metric)),
  );
};

/** Every key of the settings with dots, sections included. */
const SETTINGS = new Set(
  keysOf(SETTINGS_SCHEMA).flatMap((key) =>
    key.split('.').map((_, index, parts) => parts.slice(0, index + 1).join('.')),
  ),
);
const SECTIONS = new Set([...SETTINGS].map((key) => key.split('.')[0]));
const FILE = /\.(?:ts|tsx|db|seg|json|sock|yaml|yml|md|duckdb|token|key|damaged|service|log|example|pem)$/;

const variables = new Set(VARIABLES.map(({ name }) => name));

/** Inline code of a page, without its blocks of code. */
const quotesIn = (text: string): readonly string[] =>
  [...text.replaceAll(/^```.*?^```$/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, quote]) => quote ?? '');

/** Recipes name files that a reader is to make. */
const RECIPES = 'docs/adding.md';

describe.for(PAGES)('%s quotes', (page) => {
  const text = readFileSync(page, 'utf8');
  const quotes = quotesIn(text);

  test.runIf(page !== RECIPES)('only paths of the tree that exist', () => {
    const paths = quotes.filter((quote) => /^[\w.-]+\/[\w./-]*$/.test(quote) && FOLDERS.has(quote.split('/')[0] ?? ''));
    // a folder of the data folder may have the name of a room
    const own = paths.filter(
      (path) => !/^journal\/(?:received|careful-time|trusted-time|position|lock|journal\.json|$)/.test(path),
    );
    expect(own.filter((path) => !existsSync(path))).toEqual([]);
  });

  test('only metrics that the program has', () => {
    const names = text.match(/\bklawing_(?:broker|ingest|api|alerts|notification)[a-z0-9_]*[a-z0-9]\b/g) ?? [];
    expect([...new Set(names)].filter((name) => !isMetric(name))).toEqual([]);
  });

  test('only settings that exist', () => {
    const keys = quotes.filter((quote) => /^[a-z]+(?:\.[A-Za-z]+)+$/.test(quote) && SECTIONS.has(quote.split('.')[0]));
    expect(keys.filter((key) => !SETTINGS.has(key) && !FILE.test(key) && !key.startsWith('alerts.channels.'))).toEqual(
      [],
    );
  });

  test('only variables of the environment that exist', () => {
    const names = text.match(/\bKLAWING_[A-Z0-9_]*[A-Z0-9]\b/g) ?? [];
    expect([...new Set(names)].filter((name) => !variables.has(name) && !product.includes(name))).toEqual([]);
  });
});
