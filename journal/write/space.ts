import type { JournalFiles } from '#process/files.ts';

/** How much the journal may still hold: its own bound, or what the disk has left above the reserve. */
export interface Space {
  /** Bytes that the journal may take in all, as of the last look at the disk. */
  room(): number;
  /** Which of the two the room comes from. */
  limit(): 'bound' | 'reserve';
  look(held: number): Promise<void>;
}

/** Watches the disk of a folder. */
export const openSpace = async (
  folder: string,
  files: JournalFiles,
  settings: { readonly maxBytes: number; readonly reserveBytes: number },
  held: number,
): Promise<Space> => {
  let onDisk = 0;
  const look = async (bytes: number): Promise<void> => {
    const free = await files.freeBytes(folder);
    onDisk = bytes + free - settings.reserveBytes;
  };
  await look(held);
  return {
    room: () => Math.min(settings.maxBytes, onDisk),
    limit: () => (settings.maxBytes <= onDisk ? 'bound' : 'reserve'),
    look,
  };
};
