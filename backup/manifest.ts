import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { isAbsent } from './files.ts';

/** Shape of a backup that this program writes, and the newest that it reads. */
export const FORMAT = 1;
export const MANIFEST_FILE = 'manifest.json';

/** A file below the backup's folder; nothing else can be named. */
const PATH = /^(?:journal\/(?:received\/)?)?[A-Za-z0-9-][A-Za-z0-9._-]*$/;

const Versioned = z.object({ format: z.int().positive() });

/** `manifest.json`: what a backup holds. It is written last, so a folder without it is no whole backup. */
export const Manifest = z.strictObject({
  format: z.literal(FORMAT),
  made_at: z.string(),
  journal: z.strictObject({ id: z.string(), first: z.int(), last: z.int() }),
  /** Up to this entry everything is in the store and in the ledger; what is behind it is read again from the journal. */
  kept_through: z.int(),
  /** Rows are null where the store lives outside the data folder, and is not in the backup. */
  store: z.strictObject({ kind: z.string(), rows: z.int().nullable() }),
  files: z.array(z.strictObject({ path: z.string().regex(PATH), bytes: z.int(), sha256: z.string() })),
});
export type Manifest = z.infer<typeof Manifest>;

const parse = (text: string): unknown => {
  try {
    const given: unknown = JSON.parse(text);
    return given;
  } catch {
    return undefined;
  }
};

/**
 * Reads what a backup says that it holds.
 * @throws Fault `BACKUP_DAMAGED` when there is none or it cannot be read, `DATA_NEWER` when a newer version made it
 */
export const readManifest = async (folder: string): Promise<Manifest> => {
  const path = join(folder, MANIFEST_FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isAbsent(error)) {
      throw new Fault(
        'BACKUP_DAMAGED',
        `${path} is not there: the backup was broken off, or this is none; use another`,
      );
    }
    throw error;
  });
  const given = parse(text);
  const format = Versioned.safeParse(given).data?.format ?? 0;
  if (format > FORMAT) {
    throw new Fault(
      'DATA_NEWER',
      `${path} has format ${format}, this program knows ${FORMAT}; restore it with a newer`,
    );
  }
  const manifest = Manifest.safeParse(given);
  if (!manifest.success) throw new Fault('BACKUP_DAMAGED', `${path} cannot be read; use another backup`);
  return manifest.data;
};
