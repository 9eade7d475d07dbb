import { open } from 'node:fs/promises';
import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Appender, Segment } from './appender.ts';
import { isSystemError } from '#process/files.ts';
import { chunkOf, frameReceivedAt, frameSequence, HEADER_BYTES } from '#journal/format/frame.ts';
import { segmentName } from '#journal/format/segment.ts';

export interface TrimRule {
  /** Entries up to this one were passed by all readers and are counted in the checkpoint. */
  readonly through: number;
  readonly now: Instant;
  /** Age from which the segments of older entries are deleted. */
  readonly keepRaw: Duration;
  /** Size above which younger segments are deleted too. */
  readonly room: number;
}

/** Arrival of the first entry of a segment. Undefined for an empty segment. */
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

/** Deletes whole segments of one journal, oldest first, never the active one. */
export interface Trimmer {
  /** Returns the number of deleted segments. */
  trim(rule: TrimRule): Promise<number>;
}

export const makeTrimmer = (folder: string, appender: Appender): Trimmer => {
  const beginnings = new Map<number, Instant>();
  /** Closing time of the last segment that was deleted for its age. */
  let latest = Number.NEGATIVE_INFINITY;

  const began = async (segment: Segment): Promise<Instant | undefined> => {
    const at = beginnings.get(segment.first) ?? (await beganAt(folder, segment));
    if (at !== undefined) beginnings.set(segment.first, at);
    return at;
  };

  /**
   * Closing time of the oldest segment: the start of the next segment that can be read and is not in the future. Entries
   * arrive in order, so a start before the previous one comes from a machine without a clock battery and makes nothing older.
   */
  const closedAt = async ([oldest, ...behind]: readonly Segment[], now: Instant): Promise<Instant | undefined> => {
    const own = oldest === undefined ? undefined : await began(oldest);
    const least = Math.max(...[latest, own ?? latest].filter((at) => at <= now));
    for (const segment of behind) {
      const at = await began(segment);
      if (at !== undefined && at <= now) return Math.max(least, at);
    }
    return undefined;
  };

  return {
    trim: async ({ through, now, keepRaw, room }) => {
      let removed = 0;
      for (;;) {
        const [oldest, next] = appender.segments;
        if (oldest === undefined || next === undefined || next.first - 1 > through) return removed;
        if (appender.held() <= room) {
          const closed = await closedAt(appender.segments, now);
          if (closed === undefined || closed >= now - keepRaw.ms) return removed;
          latest = closed;
        }
        await appender.removeOldest();
        beginnings.delete(oldest.first);
        removed += 1;
      }
    },
  };
};
