import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { firstPageFiles } from '#dashboards/console/built.ts';

const ASSETS = 'dashboards/console/dist/assets';

/** Bytes after compression of the files with these names. */
const weightOf = (isCounted: (name: string) => boolean): number =>
  readdirSync(ASSETS)
    .filter((name) => /\.(js|css)$/.test(name) && isCounted(name))
    .reduce((sum, name) => sum + gzipSync(readFileSync(`${ASSETS}/${name}`)).byteLength, 0);

// `npm test` and `npm run check:fast` build it first
describe.skipIf(!existsSync(ASSETS))('the console', () => {
  test('needs less than 90 kB for its first page', () => {
    const files = new Set(firstPageFiles().map((path) => basename(path)));
    expect(files.size).toBeGreaterThan(1);
    expect(weightOf((name) => files.has(name))).toBeLessThan(90_000);
  });

  test('weighs less than 120 kB without the map that moves', () => {
    expect(weightOf((name) => !name.startsWith('gl-part'))).toBeLessThan(120_000);
  });

  test('weighs less than 400 kB with it', () => {
    expect(weightOf(() => true)).toBeLessThan(400_000);
  });
});
