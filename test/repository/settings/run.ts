import { readFileSync, writeFileSync } from 'node:fs';
import { refreshExample, refreshTables } from './defaults.ts';

/** `npm run settings`: writes variables and defaults of the program into the example of settings and the tables of docs. */
const PAGES = [
  { path: 'config/klawing.yaml', refresh: refreshExample },
  { path: 'docs/operating.md', refresh: refreshTables },
];

for (const { path, refresh } of PAGES) {
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, refresh(text));
}
