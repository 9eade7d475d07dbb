import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { isSystemError, writeWhole, type JournalFiles } from '#process/files.ts';
import type { SequenceGap } from './sequence-gap.ts';
import { listSegments } from './segment.ts';

/** Newest version of the file that this program reads. A file without gaps has version 1. */
const VERSION = 2;
export const IDENTITY_FILE = 'journal.json';
const Versioned = z.object({ id: z.uuid(), version: z.int().positive() });
const Identity = z.strictObject({
  ...Versioned.shape,
  gaps: z.array(z.object({ after: z.int().nonnegative(), next: z.int().positive() })).prefault([]),
});

/** Content of `journal.json`. */
export interface JournalIdentity {
  readonly id: string;
  /** Oldest first. A journal has gaps only after a restore from a backup. */
  readonly gaps: readonly SequenceGap[];
}

/**
 * The identity of the journal in this folder. Undefined before the journal is created.
 * @throws Fault `JOURNAL_DAMAGED` when it cannot be read, `DATA_NEWER` when a newer version wrote it
 */
export const readIdentity = async (folder: string): Promise<JournalIdentity | undefined> => {
  const path = `${folder}/${IDENTITY_FILE}`;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const version = parseAs(Versioned, text)?.version ?? 0;
  if (version > VERSION) {
    throw new Fault('DATA_NEWER', `${path} has version ${version}, this program knows ${VERSION}; upgrade it`);
  }
  const identity = parseAs(Identity, text);
  if (identity === undefined) {
    throw new Fault('JOURNAL_DAMAGED', `${path} cannot be read; restore it from a copy: it names the journal`);
  }
  return identity;
};

const parseAs = <T>(schema: z.ZodType<T>, text: string): T | undefined => {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

/** Writes the identity; it is on disk when the promise resolves. */
export const writeIdentity = (folder: string, { id, gaps }: JournalIdentity, files: JournalFiles): Promise<void> => {
  const content = gaps.length === 0 ? { id, version: 1 } : { id, version: VERSION, gaps };
  return writeWhole(files, folder, IDENTITY_FILE, `${JSON.stringify(content)}\n`);
};

/**
 * Gives a folder its random id; it is on disk when the promise resolves.
 * @throws Fault `JOURNAL_DAMAGED` when the folder has segments, which another id would make unreadable
 */
export const makeIdentity = async (folder: string, files: JournalFiles): Promise<JournalIdentity> => {
  if ((await listSegments(folder)).length > 0) {
    throw new Fault('JOURNAL_DAMAGED', `${folder} has segments, but no ${IDENTITY_FILE}; restore it from a copy`);
  }
  const identity = { id: randomUUID(), gaps: [] };
  await writeIdentity(folder, identity, files);
  return identity;
};
