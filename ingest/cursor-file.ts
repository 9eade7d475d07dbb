import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';
import type { Cursor } from '#storage/operations/storing.ts';
import type { ReaderName } from '#storage/operations/reader-name.ts';
import { Fault } from '#model/base/fault.ts';

/**
 * The positions of the readers, noted beside the operations database about once a second and after its commits. It is
 * never ahead of the database that it was noted for, so a database that is behind it is an older copy.
 */
export interface CursorFile {
  /**
   * @throws Fault `OPERATIONS_OLDER` when readers had come further in this journal than the database says: what lies
   * between would be stored and counted a second time
   */
  check(journal: string, cursorOf: (reader: ReaderName) => Cursor | undefined): void;
  /** Not brought to disk at once: after a power cut it may say less. */
  note(cursors: Readonly<Record<ReaderName, Cursor>>): void;
  stop(): void;
}

const StoredCursor = z.object({ journal: z.string(), sequence: z.int().nonnegative() });
const StoredCursors = z.object({ storing: StoredCursor, alerting: StoredCursor });
/** Longer than what it will ever hold, so that a shorter text leaves nothing of a longer one behind. */
const BYTES = 256;

const read = (path: string): z.infer<typeof StoredCursors> | undefined => {
  try {
    return StoredCursors.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined; // none yet, or torn by a power cut: then it tells nothing
  }
};

/** @param path of the file, which is made at the first note */
export const openCursorFile = (path: string): CursorFile => {
  let fd: number | undefined;
  let noted = '';
  return {
    check: (journal, cursorOf) => {
      const cursors = read(path);
      if (cursors === undefined) return;
      for (const reader of ['storing', 'alerting'] as const) {
        const cursor = cursors[reader];
        const { sequence } = cursorOf(reader) ?? { sequence: 0 };
        if (cursor.journal !== journal || cursor.sequence <= sequence) continue;
        throw new Fault(
          'OPERATIONS_OLDER',
          `${reader} stands at entry ${sequence}, and had come to ${cursor.sequence} before; put the newer operations.db ` +
            'back, or restore a backup of the whole data folder',
        );
      }
    },
    note: (cursors) => {
      const text = JSON.stringify(cursors).padEnd(BYTES);
      if (text === noted) return;
      fd ??= openSync(path, 'w', 0o600);
      writeSync(fd, text, 0);
      noted = text;
    },
    stop: () => {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
};
