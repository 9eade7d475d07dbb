import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('.', import.meta.url));
/** Folder of the built console. */
export const DIST = join(ROOT, 'dist');

/** Paths below `dist/` of the scripts and styles that the first page needs. */
export const firstPageFiles = (): readonly string[] => {
  const page = readFileSync(join(DIST, 'index.html'), 'utf8');
  return [...new Set(Array.from(page.matchAll(/assets\/[^"]+\.(?:js|css)/g), ([path]) => path))];
};

/** Time of the newest of these files, ms since 1970; 0 where there is none. */
const newest = (folder: string, isWanted: (path: string) => boolean): number => {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(isWanted)
      .reduce((latest, path) => Math.max(latest, statSync(join(folder, path)).mtimeMs), 0);
  } catch {
    return 0;
  }
};

const isSource = (path: string): boolean => !path.startsWith('dist');

/** State of the built console against its sources. */
export type BuildState = 'missing' | 'stale' | 'fresh';

export const buildState = (): BuildState => {
  const built = newest(DIST, () => true);
  if (built === 0) return 'missing';
  return built > newest(ROOT, isSource) ? 'fresh' : 'stale';
};
