import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { parseJson } from '#model/base/parse-json.ts';

/** Address of the running API of a data folder. */
const ApiNote = z.object({ url: z.url(), pid: z.int().positive() });
export type ApiFile = z.infer<typeof ApiNote>;

/** Note of the last ingest, which may have been killed since; undefined without one. */
export const readApiFile = (path: string): ApiFile | undefined => {
  try {
    return ApiNote.safeParse(parseJson(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
};

/**
 * Writes the address of this process into the data folder, so that verbs find it whatever ports their own environment
 * names.
 * @throws Error of the file system, such as on a full disk
 */
export const writeApiFile = (path: string, url: string): void => {
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, JSON.stringify({ url, pid: process.pid }), { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
};

/** Removes the note of this process. */
export const removeApiFile = (path: string): void => {
  if (readApiFile(path)?.pid === process.pid) rmSync(path, { force: true });
};
