import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { isSystemError, writeWhole, type JournalFiles } from '#process/files.ts';
import type { SequenceGap } from './sequence-gap.ts';
import { listSegments } from './segment.ts';

/** What this program knows. A file without leaps has version 1, which programs before there were leaps know too. */
const VERSION = 2;
export const IDENTITY_FILE = 'journal.json';
const Versioned = z.object({ id: z.uuid(), version: z.int().positive() });
const Identity = Versioned.extend({
  leaps: z.array(z.object({ after: z.int().nonnegative(), next: z.int().positive() })).prefault([]),
});

/** What `journal.json` says. */
export interface JournalIdentity {
  readonly id: string;
  /** Oldest first; empty unless it was restored from a backup. */
  readonly leaps: readonly SequenceGap[];
}

/**
 * The identity of the journal in this folder, or undefined when there is none yet.
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

/** Puts the identity in place, on disk when it resolves. */
export const writeIdentity = (folder: string, { id, leaps }: JournalIdentity, files: JournalFiles): Promise<void> => {
  const content = leaps.length === 0 ? { id, version: 1 } : { id, version: VERSION, leaps };
  return writeWhole(files, folder, IDENTITY_FILE, `${JSON.stringify(content)}\n`);
};

/**
 * Gives a folder its random id, on disk when it resolves.
 * @throws Fault `JOURNAL_DAMAGED` when there are segments: under another id nothing in them could be read any more
 */
export const makeIdentity = async (folder: string, files: JournalFiles): Promise<JournalIdentity> => {
  if ((await listSegments(folder)).length > 0) {
    throw new Fault('JOURNAL_DAMAGED', `${folder} has segments, but no ${IDENTITY_FILE}; restore it from a copy`);
  }
  const identity = { id: randomUUID(), leaps: [] };
  await writeIdentity(folder, identity, files);
  return identity;
};
