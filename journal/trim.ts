import { open } from 'node:fs/promises';
import type { Instant } from '#model/instant.ts';
import type { Appender, Segment } from './appender.ts';
import { isSystemError } from './files.ts';
import { chunkOf, frameReceivedAt, frameSequence, HEADER_BYTES } from './frame.ts';
import { segmentName } from './segment.ts';

export interface TrimRule {
  /** Entries up to this one are of no more use to any reader, and are counted in the checkpoint. */
  readonly through: number;
  /** Segments whose entries all arrived before this may go. */
  readonly keepFrom: Instant;
  /** Above this size even younger ones may go. */
  readonly room: number;
}

/** When the first entry of a segment arrived, or undefined while it has none. */
const beganAt = async (folder: string, { first }: Segment): Promise<Instant | undefined> => {
  const header = Buffer.alloc(HEADER_BYTES);
  try {
    await using file = await open(`${folder}/${segmentName(first)}`);
    await file.read(header, 0, HEADER_BYTES, 0);
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
  const chunk = chunkOf(header);
  return frameSequence(chunk, 0) === first ? frameReceivedAt(chunk, 0) : undefined;
};

/** A segment is as old as the first entry behind it: one that follows it tells, the nearest that can be read. */
const isOlder = async (folder: string, behind: readonly Segment[], keepFrom: Instant): Promise<boolean> => {
  for (const segment of behind) {
    const began = await beganAt(folder, segment);
    if (began !== undefined) return began < keepFrom;
  }
  return false;
};

/** Removes whole segments, oldest first, never the one that is being written. Gives how many. */
export const trim = async (folder: string, appender: Appender, rule: TrimRule): Promise<number> => {
  let removed = 0;
  for (;;) {
    const [oldest, next] = appender.segments;
    if (oldest === undefined || next === undefined || next.first - 1 > rule.through) return removed;
    const mayGo = appender.held() > rule.room || (await isOlder(folder, appender.segments.slice(1), rule.keepFrom));
    if (!mayGo) return removed;
    await appender.removeOldest();
    removed += 1;
  }
};
