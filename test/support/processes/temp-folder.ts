import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './at-end.ts';

/** Makes an empty folder that is removed when the running test has finished. */
export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'klawing-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
