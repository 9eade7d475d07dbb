import { dirname } from 'node:path';
import type { Clock } from '#model/base/clock.ts';
import type { Log } from '#model/base/log.ts';
import { openAppender, type Appender } from './appender.ts';
import type { JournalFile, JournalFiles } from '#process/files.ts';
import { seedOf } from '#journal/format/frame.ts';
import { makeIdentity, readIdentity } from '#journal/format/identity.ts';
import { isSkipped, nextAfter } from '#journal/format/sequence-gap.ts';
import { POSITION_FILE, readPosition } from '#journal/format/position.ts';
import { openIntakeCounts, type IntakeCounts } from '#journal/counts/intake-counts.ts';
import { recover } from './recovery.ts';
import type { JournalSettings } from '#journal/settings.ts';
import { openSpace, type Space } from './space.ts';

export interface OpenJournalDeps {
  readonly files: JournalFiles;
  readonly clock: Clock;
  readonly log: Log;
}

/** The recovered and open files of a writer. */
export interface OpenJournal extends OpenJournalDeps {
  readonly folder: string;
  readonly id: string;
  /** Newest entry on disk. */
  readonly last: number;
  readonly settings: JournalSettings;
  readonly segmentBytes: number;
  readonly appender: Appender;
  readonly intake: IntakeCounts;
  readonly space: Space;
  readonly position: JournalFile;
}

/** Opens the files of a journal for writing, or creates them. The caller holds the lock of the folder. */
export const openJournal = async (
  folder: string,
  settings: JournalSettings,
  deps: OpenJournalDeps,
): Promise<OpenJournal> => {
  const { files } = deps;
  const { id, gaps } = (await readIdentity(folder)) ?? (await makeIdentity(folder, files));
  await files.syncFolder(dirname(folder));
  const intake = openIntakeCounts(`${folder}/received`, id, deps);
  const found = readPosition(folder);
  const published = found?.journal === id ? found : undefined;
  const newest = intake.newest();
  // counts of the original from after the copy do not belong to this journal
  const counted = isSkipped(newest, gaps) ? intake.through() : newest;
  const floor = Math.max(counted, published?.last ?? 0);
  const recovered = await recover(folder, floor, { ...deps, seed: seedOf(id), gaps, intake, published });
  const { segments } = recovered;
  const next = nextAfter(recovered.last, gaps);
  const last = next - 1;
  intake.reach(last);
  const isFresh = recovered.isFresh || last > recovered.last;
  // the active segment is never deleted, so the bound must have room for several segments
  const segmentBytes = Math.min(settings.segmentBytes, Math.ceil(settings.maxBytes / 4));
  const appender = await openAppender(folder, files, segments, { segmentBytes, next, isFresh });
  const space = await openSpace(folder, files, settings, appender.held());
  const position = await files.open(`${folder}/${POSITION_FILE}`, 'keep');
  return { ...deps, folder, id, last, settings, segmentBytes, appender, intake, space, position };
};
