import { mkdir } from 'node:fs/promises';
import type { Clock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';
import { diskFiles, type JournalFiles } from '#process/files.ts';
import { seedOf } from '#journal/format/frame.ts';
import { createAdmission, faultOf } from './admission.ts';
import { createGrowth, type Growth } from './growth.ts';
import { createGroupCommit, type CommitGroup } from './group-commit.ts';
import type { JournalWriter } from '#journal/journal.ts';
import { lockFolder, type FolderLock } from '#process/folder-lock.ts';
import { openJournal, type OpenJournal } from './open.ts';
import { encodePosition } from '#journal/format/position.ts';
import type { JournalSettings } from '#journal/settings.ts';
import { startUpkeep } from './upkeep.ts';

export interface WriterDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Replaced by tests only. */
  readonly files?: JournalFiles;
}

/**
 * Opens the journal in a folder for writing, or creates it: recovers its end, then accepts packets.
 * @throws Fault `JOURNAL_LOCKED` when another process writes it, `DATA_NEWER` when a newer version created it,
 * `JOURNAL_DAMAGED` when its id cannot be read, `JOURNAL_FULL` or `JOURNAL_WRITE_FAILED` when the files cannot be written
 */
export const startJournalWriter = async (
  folder: string,
  settings: JournalSettings,
  { clock, log, files = diskFiles }: WriterDeps,
): Promise<JournalWriter> => {
  await mkdir(`${folder}/received`, { recursive: true, mode: 0o700 });
  const lock = lockFolder(folder, 'JOURNAL_LOCKED');
  try {
    return startWriting(await openJournal(folder, settings, { clock, log, files }), lock);
  } catch (error) {
    lock.release();
    throw faultOf(error, folder);
  }
};

// oxlint-disable-next-line max-lines-per-function -- one closure over the position, the counts and the parts that need each other
const startWriting = (open: OpenJournal, lock: FolderLock): JournalWriter => {
  const { folder, id, settings, appender, intake, space, clock, log } = open;
  let { last } = open;
  let commits = 0;
  let lastCommitMs = 0;
  let stopping: Promise<void> | undefined;

  const commit = async (group: CommitGroup): Promise<void> => {
    const began = clock.monotonic();
    const segment = appender.active();
    try {
      await appender.append(group.bytes, group.first);
    } catch (error) {
      log.error('journal stalled', { error });
      throw admission.fail(error);
    }
    for (const [i, sender] of group.senders.entries()) intake.add(group.last, sender, group.hours[i] ?? 0);
    last = group.last;
    intake.reach(last);
    publisher.publish(last);
    commits += 1;
    lastCommitMs = clock.monotonic() - began;
    if (appender.active() !== segment) upkeep.rolled();
  };

  const repair = async (): Promise<void> => {
    if (admission.failure() !== undefined) {
      await appender.repair(last + 1);
      admission.reopen();
      log.info('journal repaired', { next: last + 1 });
    }
    if (publisher.isBehind()) publisher.publish(last);
  };

  const growth = createGrowth();
  const publisher = createPublisher(open, growth);
  const groups = createGroupCommit(last, seedOf(id), commit);
  const admission = createAdmission({ folder, settings, space, held: appender.held, pending: groups.pendingBytes });
  const upkeep = startUpkeep(open, repair);
  publisher.publish(last);

  const stop = async (): Promise<void> => {
    await groups.drain();
    await upkeep.stop();
    await appender.close().catch((error: unknown) => log.warn('journal not closed cleanly', { error }));
    await open.position.close();
    lock.release();
  };

  return {
    id,
    append: (packet) => {
      const fault = stopping === undefined ? admission.refusal() : closed();
      if (fault !== undefined) throw fault;
      return groups.append(packet);
    },
    state: () => ({
      first: appender.segments[0]?.first ?? 1,
      last,
      segments: appender.segments.length,
      bytes: appender.held(),
      stalled: admission.stalled(),
      lastCommitMs,
      commits,
    }),
    received: intake.query,
    recent: intake.recent,
    beyond: growth.beyond,
    passed: upkeep.passed,
    stop: () => (stopping ??= stop()),
  };
};

const closed = (): Fault => new Fault('JOURNAL_WRITE_FAILED', 'it is being closed', { retry: true });

/** Publishes the position up to which readers may read, and wakes those who wait for it. A failure loses nothing; it is retried within a second. */
const createPublisher = ({ id, appender, position, log }: OpenJournal, growth: Growth) => {
  let isBehind = true;
  return {
    isBehind: () => isBehind,
    publish: (last: number): void => {
      const { first, bytes } = appender.active();
      isBehind = true;
      try {
        position.writeNow(encodePosition({ journal: id, last, segment: first, offset: bytes }), 0);
        isBehind = false;
        growth.reached(last);
      } catch (error) {
        log.error('journal position not published', { error });
      }
    },
  };
};
