import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const ROOM = 'broker/mqtt/patches';

/** Files that put the patches together, and their tools. */
const COMPOSING = ['apply', 'drain-connection', 'internals', 'delivery/delivery', 'parser/parser'];

const PATCHES = globSync(`${ROOM}/**/*.ts`)
  .map((path) => path.slice(ROOM.length + 1, -'.ts'.length))
  .filter((name) => !COMPOSING.includes(name))
  .toSorted();

const HEAD =
  /^\/\*\*\n \* Patch: (.+)\n \*\n \* Upstream: ([^]+?)\n \* Clause: ([^]+?)\n \* Seen on: (Aedes \d[^]+?)\n \*(?:\/|\n)/;

const inOneLine = (text: string): string => text.replaceAll('\n * ', ' ');

const headOf = (name: string): readonly string[] => {
  const found = HEAD.exec(readFileSync(`${ROOM}/${name}.ts`, 'utf8'));
  return (found ?? []).slice(1).map(inOneLine);
};

const rowOf = (name: string): string => {
  const [title = '', upstream = '', clause = '', versions = ''] = headOf(name);
  return `| \`${name}.ts\`: ${title.replace(/\.$/, '')} | ${upstream} | ${clause} | ${versions.replace(/\.$/, '')} |`;
};

const page = readFileSync('docs/patches.md', 'utf8');
const tests = globSync('test/unit/broker/mqtt/upstream/*.test.ts').map((path) => readFileSync(path, 'utf8'));

describe.for(PATCHES)('the patch %s', (name) => {
  test('names the upstream behaviour, the clause and the versions in its first comment', () => {
    expect(headOf(name)).toHaveLength(4);
  });

  test('has a test on Aedes without patches', () => {
    expect(tests.some((text) => text.includes(`'${name}: `))).toBe(true);
  });

  test('stands in docs/patches.md as its first comment says', () => {
    expect(page.split('\n')).toContain(rowOf(name));
  });
});

test('docs/patches.md lists no other patch, and names the installed version of Aedes', () => {
  expect(page.match(/^\| `/gm)).toHaveLength(PATCHES.length);
  const installed: unknown = JSON.parse(readFileSync('node_modules/aedes/package.json', 'utf8'));
  const { version } = z.object({ version: z.string() }).parse(installed);
  expect(page).toContain(`Installed: Aedes ${version}.`);
});

test('no other file reaches into Aedes', () => {
  const reaching = globSync('broker/**/*.ts').filter((path) => {
    const text = readFileSync(path, 'utf8');
    return !path.startsWith(ROOM) && /\bReflect\./.test(text) && /from 'aedes'/.test(text);
  });
  expect(reaching).toEqual([]);
});
