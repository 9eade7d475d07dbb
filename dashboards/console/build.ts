import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type * as Vite from 'vite';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const DIST = join(ROOT, 'dist');

const say = (line: string): void => void process.stdout.write(`Console: ${line}\n`);

/** When the newest of these files was written, ms since 1970; 0 where there is none. */
const newest = (folder: string, isWanted: (path: string) => boolean): number => {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(isWanted)
      .reduce((latest, path) => Math.max(latest, statSync(join(folder, path)).mtimeMs), 0);
  } catch {
    return 0;
  }
};

const isSource = (path: string): boolean => !path.startsWith('dist') && path !== '';

/** Vite is a tool of development: an image carries what it built, and not the tool. */
const loadVite = async (): Promise<typeof Vite | undefined> => {
  try {
    return await import('vite');
  } catch {
    return undefined;
  }
};

const weigh = async (): Promise<string> => {
  const files = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.(js|css|html)$/.test(path),
  );
  const weights = await Promise.all(files.map(async (path) => gzipSync(await readFile(join(DIST, path))).byteLength));
  return `${Math.round(weights.reduce((sum, each) => sum + each, 0) / 1_000)} kB gzipped`;
};

/** Builds `dist/`, unless it is newer than every source and `force` is not set. */
const buildConsole = async (force: boolean): Promise<void> => {
  const built = newest(DIST, () => true);
  if (!force && built > newest(ROOT, isSource)) return;
  const vite = await loadVite();
  if (vite === undefined) {
    say(
      built > 0
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
  // a service that starts meanwhile finds the one or the other, whole
  rmSync(DIST, { recursive: true, force: true });
  renameSync(made, DIST);
  say(`built in ${((performance.now() - from) / 1_000).toFixed(1)} s, ${await weigh()}`);
};

await buildConsole(process.argv.includes('--force'));
