import { readdirSync, statSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { isSystemError } from '#process/files.ts';
import type { HourCounts, RecentCounts, ReceivedCount, ReceivedCounts } from '#journal/journal.ts';

/** What `received/<hour>.json` holds. */
export const HourFile = z.strictObject({
  journal: z.string(),
  hour: z.int(),
  /** The counts include every entry of this hour up to this one. */
  through: z.int(),
  /** Pairs, because a sender may be called like a member of every object. */
  counts: z.array(z.tuple([z.string(), z.int()])),
});
export type HourFile = z.infer<typeof HourFile>;

export const hoursIn = (names: readonly string[]): number[] =>
  names.flatMap((name) => /^(-?\d+)\.json$/.exec(name)?.[1] ?? []).map(Number);

/**
 * Hours whose files were written after all others, by a checkpoint that did not come to its end: those of one checkpoint
 * say the same of how far they reach.
 */
export const hoursWrittenLast = (folder: string): readonly number[] => {
  const writtenAt = (name: string): number => statSync(`${folder}/${name}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const written = hoursIn(readdirSync(folder)).map((hour) => ({ hour, at: writtenAt(`${hour}.json`) }));
  const last = written.reduce((latest, { at }) => Math.max(latest, at), writtenAt('through.json'));
  return written.filter(({ at }) => at === last).map(({ hour }) => hour);
};

export const flatten = (hours: Iterable<HourCounts>): readonly ReceivedCount[] =>
  [...hours].flatMap(({ hour, counts }) => counts.map(([sender, count]) => ({ sender, hour, count })));

/** Counts in memory of files that did not change: a month of a few hundred devices. */
const REMEMBERED = 200_000;

interface KnownHours {
  readonly version: string;
  readonly file: HourFile;
}

export interface ClosedHours {
  /**
   * Adds to what the writer counts now what stands in the files of other hours.
   * @returns undefined when one of them was counted on after the writer was asked: ask it again
   */
  complete(recent: RecentCounts, fromHour: number, toHour: number): Promise<ReceivedCounts | undefined>;
}

/** The files of hours that are over, read in any process. One that cannot be read counts nothing, and is told. */
export const openClosedHours = (folder: string, onUnreadable: (path: string, error: unknown) => void): ClosedHours => {
  const known = new Map<number, KnownHours>();
  let remembered = 0;

  const forget = (hour: number): void => {
    remembered -= known.get(hour)?.file.counts.length ?? 0;
    known.delete(hour);
  };

  const remember = (hour: number, version: string, file: HourFile): void => {
    forget(hour);
    known.set(hour, { version, file });
    remembered += file.counts.length;
    for (const oldest of known.keys()) {
      if (remembered <= REMEMBERED) break;
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
      remember(hour, version, file);
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
      const past: HourCounts[] = [];
      for (const hour of asked) {
        if (counted.has(hour)) continue;
        const file = await read(hour);
        if (file?.journal !== recent.journal) continue;
        if (file.through > recent.through) return undefined;
        past.push(file);
      }
      return { journal: recent.journal, through: recent.through, counts: flatten([...past, ...recent.hours]) };
    },
  };
};
