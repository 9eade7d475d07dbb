import { readdir } from 'node:fs/promises';

/** Name of a segment, by the number of its first entry. */
export const segmentName = (first: number): string => `${String(first).padStart(20, '0')}.seg`;

const SEGMENT_NAME = /^(\d{20})\.seg$/;

/** The first sequence numbers of all segments in the folder, oldest first. */
export const listSegments = async (folder: string): Promise<readonly number[]> => {
  const names = await readdir(folder);
  return names
    .flatMap((name) => SEGMENT_NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
};
