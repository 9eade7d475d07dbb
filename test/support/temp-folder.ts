import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes an empty folder that is removed when the running test has finished. */
export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'klawing-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
