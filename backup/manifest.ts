import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { isAbsent } from './files.ts';

/** Format of a backup that this program writes, and the newest that it reads. */
export const FORMAT = 1;
export const MANIFEST_FILE = 'manifest.json';

/** A file below the backup's folder; other paths are refused. */
const PATH = /^(?:journal\/(?:received\/)?)?[A-Za-z0-9-][A-Za-z0-9._-]*$/;

const Versioned = z.object({ format: z.int().positive() });

/** `manifest.json`: the content of a backup. It is written last, so a folder without it is not a complete backup. */
export const Manifest = z.strictObject({
  format: z.literal(FORMAT),
  made_at: z.string(),
  journal: z.strictObject({ id: z.string(), first: z.int(), last: z.int() }),
  /** Everything up to this entry is in the store and in the ledger. Later entries are read again from the journal. */
  kept_through: z.int(),
  /** Rows are null when the store lies outside the data folder and is not in the backup. */
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
 * Reads the manifest of a backup.
 * @throws Fault `BACKUP_DAMAGED` when it is missing or cannot be read, `DATA_NEWER` when a newer version wrote it
 */
export const readManifest = async (folder: string): Promise<Manifest> => {
  const path = join(folder, MANIFEST_FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isAbsent(error)) {
      throw new Fault(
        'BACKUP_DAMAGED',
        `${path} is missing: the backup is incomplete, or the folder is not a backup; use another`,
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
