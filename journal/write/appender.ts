import type { JournalFile, JournalFiles } from '#process/files.ts';
import { segmentName } from '#journal/format/segment.ts';

export interface Segment {
  /** Number of its first entry, and its name. */
  readonly first: number;
  /** Length of its synced bytes. */
  bytes: number;
}

/** Writes the segments. After a failed `append`, a repair is needed before the next one. */
export interface Appender {
  /** Oldest first; the last one is active. */
  readonly segments: readonly Segment[];
  active(): Segment;
  /** Synced bytes of all segments. */
  held(): number;
  /** Writes and syncs frames that start with this sequence number. A full segment is closed before. */
  append(frames: Uint8Array, first: number): Promise<void>;
  /**
   * Cuts the bytes of the failed attempt and continues in a new file: after a failed sync, the kernel may treat pages as clean
   * that are not on disk.
   */
  repair(next: number): Promise<void>;
  /** Deletes the oldest segment unless it is the only one. The folder is not synced. */
  removeOldest(): Promise<void>;
  close(): Promise<void>;
}

const pathOf = (folder: string, first: number): string => `${folder}/${segmentName(first)}`;

/** Creates a segment. A file of this name comes from an attempt whose numbers were returned, and is emptied. */
const make = async (files: JournalFiles, folder: string, first: number): Promise<JournalFile> => {
  const made = await files.open(pathOf(folder, first), 'replace');
  try {
    await files.syncFolder(folder);
  } catch (error) {
    await made.close();
    throw error;
  }
  return made;
};

/** Cuts a segment in place to its bytes, and syncs it. */
export const cutSegment = async (files: JournalFiles, folder: string, { first, bytes }: Segment): Promise<void> => {
  const file = await files.open(pathOf(folder, first), 'keep');
  try {
    await file.truncate(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
};

/** Opens the segments for writing: continues in the last one, which must be complete and synced, or in a new one. */
export const openAppender = async (
  folder: string,
  files: JournalFiles,
  found: readonly Segment[],
  settings: { readonly segmentBytes: number; readonly next: number; readonly isFresh: boolean },
): Promise<Appender> => {
  const segments = [...found];
  const begin = async (first: number): Promise<{ file: JournalFile; active: Segment }> => {
    const file = await make(files, folder, first);
    const active = { first, bytes: 0 };
    segments.push(active);
    return { file, active };
  };

  const newest = segments.at(-1);
  let { file, active } =
    newest === undefined || settings.isFresh
      ? await begin(settings.next)
      : { file: await files.open(pathOf(folder, newest.first), 'keep'), active: newest };
  let held = segments.reduce((sum, { bytes }) => sum + bytes, 0);

  const roll = async (first: number): Promise<void> => {
    const old = file;
    ({ file, active } = await begin(first));
    await old.close();
  };

  return {
    segments,
    active: () => active,
    held: () => held,
    append: async (frames, first) => {
      if (active.bytes > 0 && active.bytes + frames.length > settings.segmentBytes) await roll(first);
      await file.write(frames, active.bytes);
      await file.sync();
      active.bytes += frames.length;
      held += frames.length;
    },
    repair: async (next) => {
      await file.close().catch(() => undefined); // the system closes the file even when it reports an error
      await cutSegment(files, folder, active);
      if (active.bytes === 0) file = await make(files, folder, active.first);
      else ({ file, active } = await begin(next));
    },
    removeOldest: async () => {
      const [oldest] = segments;
      if (oldest === undefined || oldest === active) return;
      await files.remove(pathOf(folder, oldest.first));
      segments.shift();
      held -= oldest.bytes;
    },
    close: () => file.close(),
  };
};
