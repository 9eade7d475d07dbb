import { hourOf } from '#model/base/instant.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Clock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';
import type { ReceivedCounts, RecentCounts } from '#journal/journal.ts';
import { isSystemError, writeWhole, type JournalFiles } from '#process/files.ts';
import { HourFile, hoursIn, hoursWrittenLast, openClosedHours } from './closed-hours.ts';

/** Retention of the files of hours. */
const KEEP_HOURS = 400 * 24;

const ThroughFile = z.strictObject({ journal: z.string(), through: z.int() });

interface Hour {
  readonly counts: Map<string, number>;
  /** Entries up to this one are included, so that a restart does not count them twice. */
  through: number;
  isChanged: boolean;
}

/** Numbers of packets that the broker received, in one file for each hour of arrival beside the journal. */
export interface IntakeCounts {
  /** Counts one packet of kind `readings`, unless the file of its hour includes it. */
  add(sequence: number, sender: string, hour: number): void;
  /** All entries up to this one have been added. */
  reach(sequence: number): void;
  /** Number of the entry up to which the files are complete. */
  through(): number;
  /** Newest entry in any file: after `through` when a stop interrupted a checkpoint. */
  newest(): number;
  checkpoint(): Promise<void>;
  /** The counts in memory. */
  recent(fromHour: number, toHour: number): RecentCounts;
  /** @throws Fault `JOURNAL_DAMAGED` when a file includes entries after the end of the journal */
  query(fromHour: number, toHour: number): Promise<ReceivedCounts>;
}

/** Attempts: a past hour changes only when the clock was set back. */
const ATTEMPTS = 5;

const unreadable = (path: string, error: unknown, log: Log): undefined => {
  if (!isSystemError(error, 'ENOENT')) {
    log.error('received counts unreadable', { code: 'JOURNAL_DAMAGED', where: path, error });
  }
  return undefined;
};

/** Content of a file. Undefined for a missing or damaged one; damage is rare, because files are replaced as a whole. */
const readCounts = <T>(path: string, schema: z.ZodType<T>, log: Log): T | undefined => {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    return unreadable(path, error, log);
  }
};

/** Opens the counts of a journal; the caller adds the entries after `through` again. */
// oxlint-disable-next-line max-lines-per-function -- one closure over the hours in memory, in short functions
export const openIntakeCounts = (
  folder: string,
  journal: string,
  { files, clock, log }: { readonly files: JournalFiles; readonly clock: Clock; readonly log: Log },
): IntakeCounts => {
  const hours = new Map<number, Hour>();
  let prunedAt = 0;

  const load = <T extends { readonly journal: string }>(name: string, schema: z.ZodType<T>): T | undefined => {
    const content = readCounts(`${folder}/${name}`, schema, log);
    return content?.journal === journal ? content : undefined;
  };

  const loadHour = (hour: number): Hour => {
    const { counts = [], through = 0 } = load(`${hour}.json`, HourFile) ?? {};
    return { counts: new Map(counts), through, isChanged: false };
  };

  let checkpointed = load('through.json', ThroughFile)?.through ?? 0;
  let reached = checkpointed;

  const save = async (hour: number, { counts, through }: Hour): Promise<void> => {
    const content: HourFile = { journal, hour, through, counts: [...counts] };
    await writeWhole(files, folder, `${hour}.json`, JSON.stringify(content));
  };

  /** Removes unchanged hours from memory, except the current and the previous one. */
  const evict = (): void => {
    const newest = Math.max(...hours.keys());
    for (const [hour, { isChanged }] of hours) if (!isChanged && hour < newest - 1) hours.delete(hour);
  };

  const prune = async (): Promise<void> => {
    const oldest = hourOf(clock.now()) - KEEP_HOURS;
    if (oldest === prunedAt) return;
    for (const hour of hoursIn(readdirSync(folder))) if (hour < oldest) await files.remove(`${folder}/${hour}.json`);
    prunedAt = oldest;
  };

  const closedHours = openClosedHours(folder, (path, error) => {
    unreadable(path, error, log);
  });

  const recent = (fromHour: number, toHour: number): RecentCounts => ({
    journal,
    through: reached,
    hours: [...hours]
      .filter(([hour]) => hour >= fromHour && hour <= toHour)
      .map(([hour, { counts }]) => ({ hour, counts: [...counts] })),
  });

  return {
    add: (sequence, sender, hour) => {
      let counted = hours.get(hour);
      if (counted === undefined) hours.set(hour, (counted = loadHour(hour)));
      if (sequence <= counted.through) return;
      counted.counts.set(sender, (counted.counts.get(sender) ?? 0) + 1);
      counted.isChanged = true;
    },
    reach: (sequence) => {
      reached = sequence;
    },
    through: () => checkpointed,
    newest: () =>
      hoursWrittenLast(folder).reduce(
        (newest, hour) => Math.max(newest, load(`${hour}.json`, HourFile)?.through ?? 0),
        checkpointed,
      ),
    checkpoint: async () => {
      const through = reached;
      const changed = [...hours].filter(([, { isChanged }]) => isChanged);
      const copies = changed.map(([hour, { counts }]) => ({ hour, counts: new Map(counts) }));
      for (const [, each] of changed) each.isChanged = false;
      try {
        for (const { hour, counts } of copies) await save(hour, { counts, through, isChanged: false });
        const content: z.infer<typeof ThroughFile> = { journal, through };
        if (through > checkpointed) await writeWhole(files, folder, 'through.json', JSON.stringify(content));
      } catch (error) {
        for (const [, each] of changed) each.isChanged = true;
        throw error;
      }
      checkpointed = through;
      evict();
      await prune();
    },
    recent,
    query: async (fromHour, toHour) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const counts = await closedHours.complete(recent(fromHour, toHour), fromHour, toHour);
        if (counts !== undefined) return counts;
      }
      throw new Fault(
        'JOURNAL_DAMAGED',
        `a file in ${folder} counts entries after ${reached}, the end of the journal; restore a backup of the whole data folder`,
      );
    },
  };
};
