import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type * as Vite from 'vite';
import { buildState, DIST, ROOT } from './built.ts';

const say = (line: string): void => void process.stdout.write(`Console: ${line}\n`);

/** Vite is a tool of development: an image carries what it built, and not the tool. */
const loadVite = async (): Promise<typeof Vite | undefined> => {
  try {
    return await import('vite');
  } catch {
    return undefined;
  }
};

/** Writes each file of a folder compressed beside it, as `.br` and `.gz`; gives the bytes of the latter. */
const compress = (folder: string): number => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.(js|css|html|svg)$/.test(path),
  );
  const weights = files.map((path) => {
    const content = readFileSync(join(folder, path));
    const zipped = gzipSync(content, { level: 9 });
    writeFileSync(join(folder, `${path}.gz`), zipped);
    writeFileSync(join(folder, `${path}.br`), brotliCompressSync(content));
    return zipped.byteLength;
  });
  return weights.reduce((sum, weight) => sum + weight, 0);
};

/** Renames a folder; false where there is none, or where another process has put one in its place. */
const moved = (from: string, to: string): boolean => {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    return false;
  }
};

/** A service that starts meanwhile finds the one or the other, whole. False where another process was quicker. */
const putInPlace = (made: string): boolean => {
  const before = `${made}.before`;
  moved(DIST, before);
  const isInPlace = moved(made, DIST);
  for (const left of [made, before]) rmSync(left, { recursive: true, force: true });
  return isInPlace;
};

/** Builds `dist/`, unless it is newer than every source and `force` is not set. */
const buildConsole = async (force: boolean): Promise<void> => {
  const state = buildState();
  if (!force && state === 'fresh') return;
  const vite = await loadVite();
  if (vite === undefined) {
    say(
      state === 'stale'
        ? 'as it was built; Vite is not installed'
        : 'not built, for Vite is not installed; the API works without',
    );
    return;
  }
  const from = performance.now();
  const made = `${DIST}.${process.pid}`;
  await vite.build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: made,
      emptyOutDir: true,
      target: 'es2023',
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1_200, // kB, before compression: the map library is one piece
    },
  });
  const bytes = compress(made);
  const took = `${((performance.now() - from) / 1_000).toFixed(1)} s`;
  if (putInPlace(made)) say(`built in ${took}, ${Math.round(bytes / 1_000)} kB gzipped`);
  else say('built by another process');
};

try {
  await buildConsole(process.argv.includes('--force'));
} catch (error) {
  process.stderr.write(`Console: not built. ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
