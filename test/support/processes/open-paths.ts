import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Of a folder and everything in it, what others than its owner may read, write or enter. */
export const openPaths = (folder: string): readonly string[] =>
  ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })].filter(
    (path) => (statSync(join(folder, path)).mode & 0o077) !== 0,
  );
