import { readdirSync, statSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { isSystemError } from '#process/files.ts';
import type { HourCounts, RecentCounts, ReceivedCount, ReceivedCounts } from '#journal/journal.ts';

/** Content of `received/<hour>.json`. */
export const HourFile = z.strictObject({
  journal: z.string(),
  hour: z.int(),
  /** The counts include all entries of this hour up to this one. */
  through: z.int(),
  /** Pairs, because the name of a sender may equal a member of each object. */
  counts: z.array(z.tuple([z.string(), z.int()])),
});
export type HourFile = z.infer<typeof HourFile>;

export const hoursIn = (names: readonly string[]): number[] =>
  names.flatMap((name) => /^(-?\d+)\.json$/.exec(name)?.[1] ?? []).map(Number);

/**
 * Hours whose files were written last, by a checkpoint that did not end. All files of one checkpoint include the same entries.
 */
export const hoursWrittenLast = (folder: string): readonly number[] => {
  const writtenAt = (name: string): number => statSync(`${folder}/${name}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const written = hoursIn(readdirSync(folder)).map((hour) => ({ hour, at: writtenAt(`${hour}.json`) }));
  const last = written.reduce((latest, { at }) => Math.max(latest, at), writtenAt('through.json'));
  return written.filter(({ at }) => at === last).map(({ hour }) => hour);
};

export const flatten = (hours: Iterable<HourCounts>): readonly ReceivedCount[] =>
  [...hours].flatMap(({ hour, counts }) => counts.map(([sender, count]) => ({ sender, hour, count })));

/** Number of counts to keep in memory, of unchanged files: a month of a few hundred devices. */
const MAX_CACHED = 200_000;

interface KnownHours {
  readonly version: string;
  readonly file: HourFile;
}

export interface ClosedHours {
  /**
   * Adds the counts in the files of other hours to the recent counts of the writer.
   * @returns undefined when the writer has changed one of these files since: ask it for its recent counts again
   */
  complete(recent: RecentCounts, fromHour: number, toHour: number): Promise<ReceivedCounts | undefined>;
}

/** The files of past hours, read in any process. An unreadable file counts nothing and is reported. */
export const openClosedHours = (folder: string, onUnreadable: (path: string, error: unknown) => void): ClosedHours => {
  const known = new Map<number, KnownHours>();
  let cached = 0;

  const forget = (hour: number): void => {
    cached -= known.get(hour)?.file.counts.length ?? 0;
    known.delete(hour);
  };

  const cache = (hour: number, version: string, file: HourFile): void => {
    forget(hour);
    known.set(hour, { version, file });
    cached += file.counts.length;
    for (const oldest of known.keys()) {
      if (cached <= MAX_CACHED) break;
      forget(oldest);
    }
  };

  const read = async (hour: number): Promise<HourFile | undefined> => {
    const path = `${folder}/${hour}.json`;
    try {
      const { ino, mtimeMs, size } = await stat(path);
      const version = `${ino} ${mtimeMs} ${size}`;
      const before = known.get(hour);
      if (before?.version === version) return before.file;
      const file = HourFile.parse(JSON.parse(await readFile(path, 'utf8')));
      cache(hour, version, file);
      return file;
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) onUnreadable(path, error);
      return undefined;
    }
  };

  return {
    complete: async (recent, fromHour, toHour) => {
      const counted = new Set(recent.hours.map(({ hour }) => hour));
      const asked = hoursIn(await readdir(folder)).filter((hour) => hour >= fromHour && hour <= toHour);
      const closed: HourCounts[] = [];
      for (const hour of asked) {
        if (counted.has(hour)) continue;
        const file = await read(hour);
        if (file?.journal !== recent.journal) continue;
        if (file.through > recent.through) return undefined;
        closed.push(file);
      }
      return { journal: recent.journal, through: recent.through, counts: flatten([...closed, ...recent.hours]) };
    },
  };
};
