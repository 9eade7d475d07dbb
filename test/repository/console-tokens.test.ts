import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = 'dashboards/console';
const TOKENS = join(ROOT, 'style/tokens.css');

const filesOf = (ending: RegExp): readonly string[] =>
  readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((path) => ending.test(path) && !path.startsWith('dist'))
    .map((path) => join(ROOT, path));

/** The lines of a file that have this, without comments. The width of a screen in a media query cannot be a token. */
const linesWith = (path: string, unwanted: RegExp): readonly string[] =>
  readFileSync(path, 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .filter((line) => unwanted.test(line) && !line.startsWith('@media'))
    .map((line) => `${path}: ${line.trim()}`);

const HEX = /#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b/i;
const SIZE = /(?<![\w.-])\d*\.?\d+(?:px|rem)\b/;

describe('outside of style/tokens.css', () => {
  const sheets = filesOf(/\.css$/).filter((path) => path !== TOKENS);

  test('no style has a colour of its own', () => {
    expect(sheets.length).toBeGreaterThan(3);
    expect(sheets.flatMap((path) => linesWith(path, HEX))).toEqual([]);
    expect(sheets.flatMap((path) => linesWith(path, /\b(?:rgb|hsl)a?\(/))).toEqual([]);
  });

  test('no style has a size of its own', () => {
    expect(sheets.flatMap((path) => linesWith(path, SIZE))).toEqual([]);
  });

  test('no part of a page has a colour of its own', () => {
    expect(filesOf(/\.tsx?$/).flatMap((path) => linesWith(path, HEX))).toEqual([]);
  });

  test('every token that a style names exists', () => {
    const known = new Set(
      [TOKENS, ...sheets].flatMap((path) =>
        [...readFileSync(path, 'utf8').matchAll(/(--[\w-]+):/g)].map(([, name = '']) => name),
      ),
    );
    const byThePage = /^--(?:on-)?rank-[123]$|^--(?:minor|moderate|severe|extreme)$/;
    const named = sheets.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/var\((--[\w-]+)/g)].map(([, name = '']) => name),
    );
    expect(named.filter((name) => !known.has(name) && !byThePage.test(name))).toEqual([]);
  });

  test('the colour of the browser is that of the brand', () => {
    const brand = /--brand: (#\w+)/.exec(readFileSync(TOKENS, 'utf8'))?.[1];
    expect(readFileSync(join(ROOT, 'index.html'), 'utf8')).toContain(`name="theme-color" content="${brand}"`);
  });
});
