import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('.', import.meta.url));
/** Where the built console lies. */
export const DIST = join(ROOT, 'dist');

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

const isSource = (path: string): boolean => !path.startsWith('dist');

/** How the built console stands to its sources. */
export type BuildState = 'missing' | 'stale' | 'fresh';

export const buildState = (): BuildState => {
  const built = newest(DIST, () => true);
  if (built === 0) return 'missing';
  return built > newest(ROOT, isSource) ? 'fresh' : 'stale';
};
