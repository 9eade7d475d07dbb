import { dirname } from 'node:path';
import type { Clock } from '#model/base/clock.ts';
import type { Log } from '#model/base/log.ts';
import { openAppender, type Appender } from './appender.ts';
import type { JournalFile, JournalFiles } from '#process/files.ts';
import { seedOf } from '#journal/format/frame.ts';
import { makeIdentity, readIdentity } from '#journal/format/identity.ts';
import { isSkipped, nextBehind } from '#journal/format/sequence-gap.ts';
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

/** All that a running writer stands on, recovered and open. */
export interface OpenJournal extends OpenJournalDeps {
  readonly folder: string;
  readonly id: string;
  /** Newest entry that was found. */
  readonly last: number;
  readonly settings: JournalSettings;
  readonly segmentBytes: number;
  readonly appender: Appender;
  readonly received: IntakeCounts;
  readonly space: Space;
  readonly position: JournalFile;
}

/** Opens the files of a journal for writing, or makes them. The caller holds the folder's lock. */
export const openJournal = async (
  folder: string,
  settings: JournalSettings,
  deps: OpenJournalDeps,
): Promise<OpenJournal> => {
  const { files } = deps;
  const { id, leaps } = (await readIdentity(folder)) ?? (await makeIdentity(folder, files));
  await files.syncFolder(dirname(folder));
  const received = openIntakeCounts(`${folder}/received`, id, deps);
  const published = readPosition(folder);
  const newest = received.newest();
  // what the original counted after this copy was made is none of ours
  const counted = isSkipped(newest, leaps) ? received.through() : newest;
  const floor = Math.max(counted, published?.journal === id ? published.last : 0);
  const recovered = await recover(folder, floor, { ...deps, seed: seedOf(id), leaps, received });
  const { segments } = recovered;
  const next = nextBehind(recovered.last, leaps);
  const last = next - 1;
  received.reach(last);
  const isFresh = recovered.isFresh || last > recovered.last;
  // the segment that is being written is never trimmed, so the bound must hold several
  const segmentBytes = Math.min(settings.segmentBytes, Math.ceil(settings.maxBytes / 4));
  const appender = await openAppender(folder, files, segments, { segmentBytes, next, isFresh });
  const space = await openSpace(folder, files, settings, appender.held());
  const position = await files.open(`${folder}/${POSITION_FILE}`, 'keep');
  return { ...deps, folder, id, last, settings, segmentBytes, appender, received, space, position };
};
