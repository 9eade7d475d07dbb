import type { JournalFiles } from '#process/files.ts';

/** Largest size of the journal: its own bound, or the disk space above the reserve. */
export interface Space {
  /** Bytes that the journal may take in total, at the last check of the disk. */
  room(): number;
  /** The limit that applies. */
  limit(): 'bound' | 'reserve';
  refresh(held: number): Promise<void>;
}

/** Checks the disk of a folder. */
export const openSpace = async (
  folder: string,
  files: JournalFiles,
  settings: { readonly maxBytes: number; readonly reserveBytes: number },
  held: number,
): Promise<Space> => {
  let onDisk = 0;
  const refresh = async (bytes: number): Promise<void> => {
    const free = await files.freeBytes(folder);
    onDisk = bytes + free - settings.reserveBytes;
  };
  await refresh(held);
  return {
    room: () => Math.min(settings.maxBytes, onDisk),
    limit: () => (settings.maxBytes <= onDisk ? 'bound' : 'reserve'),
    refresh,
  };
};
