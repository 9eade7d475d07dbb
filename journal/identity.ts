import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Fault } from '#model/fault.ts';
import { isSystemError, writeWhole, type JournalFiles } from './files.ts';
import { listSegments } from './segment.ts';

const VERSION = 1;
const FILE = 'journal.json';
const Identity = z.object({ id: z.uuid(), version: z.int().positive() });

/** The id of the journal in this folder, or undefined when there is none yet. */
export const readIdentity = async (folder: string): Promise<string | undefined> => {
  const path = `${folder}/${FILE}`;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const identity = parseIdentity(text);
  if (identity === undefined) {
    throw new Fault('JOURNAL_DAMAGED', `${path} cannot be read; restore it from a copy: it names the journal`);
  }
  if (identity.version > VERSION) {
    throw new Fault('DATA_NEWER', `${path} has version ${identity.version}, this program knows ${VERSION}; upgrade it`);
  }
  return identity.id;
};

const parseIdentity = (text: string): z.infer<typeof Identity> | undefined => {
  try {
    return Identity.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

/**
 * Gives a folder its random id, on disk when it resolves.
 * @throws Fault `JOURNAL_DAMAGED` when there are segments: under another id nothing in them could be read any more
 */
export const makeIdentity = async (folder: string, files: JournalFiles): Promise<string> => {
  if ((await listSegments(folder)).length > 0) {
    throw new Fault('JOURNAL_DAMAGED', `${folder} has segments, but no ${FILE}; restore it from a copy`);
  }
  const id = randomUUID();
  await writeWhole(files, folder, FILE, `${JSON.stringify({ id, version: VERSION })}\n`);
  return id;
};
