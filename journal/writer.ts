import { mkdir } from 'node:fs/promises';
import type { Clock } from '#model/clock.ts';
import { Fault } from '#model/fault.ts';
import type { Log } from '#model/log.ts';
import { diskFiles, isSystemError, type JournalFiles } from './files.ts';
import { seedOf } from './frame.ts';
import { createGroupCommit, type Group } from './group-commit.ts';
import type { JournalState, JournalWriter } from './journal.ts';
import { lockFolder, type FolderLock } from './lock.ts';
import { openGround, type Ground } from './opening.ts';
import { encodePosition } from './position.ts';
import type { JournalSettings } from './settings.ts';
import { startUpkeep } from './upkeep.ts';

/** How much may wait for one slow sync before more is refused. */
const MAX_PENDING_BYTES = 2 ** 26;

export interface WriterDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Only tests give another than the disk. */
  readonly files?: JournalFiles;
}

/**
 * Opens the journal in a folder for writing, or makes it: recovers its end, then takes packets.
 * @throws Fault `JOURNAL_LOCKED` when another process writes it, `DATA_NEWER` when a newer version made it,
 * `JOURNAL_DAMAGED` when its id cannot be read
 */
export const startJournalWriter = async (
  folder: string,
  settings: JournalSettings,
  { clock, log, files = diskFiles }: WriterDeps,
): Promise<JournalWriter> => {
  await mkdir(`${folder}/received`, { recursive: true });
  const lock = lockFolder(folder, 'JOURNAL_LOCKED');
  try {
    return startWriting(await openGround(folder, settings, { clock, log, files }), lock);
  } catch (error) {
    lock.release();
    throw error;
  }
};

const faultOf = (error: unknown, folder: string): unknown => {
  if (!isSystemError(error)) return error;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new Fault('JOURNAL_FULL', `no space is left for ${folder}; free some`, { cause: error, retry: true });
  }
  return new Fault('JOURNAL_WRITE_FAILED', `${error.message}; check the disk`, { cause: error, retry: true });
};

const startWriting = (ground: Ground, lock: FolderLock): JournalWriter => {
  const { folder, id, settings, appender, received, space, position, clock, log } = ground;
  let { last } = ground;
  let failure: Fault | undefined;
  let isPublished = false;
  let commits = 0;
  let lastCommitMs = 0;
  let stopping: Promise<void> | undefined;

  /** A failure here is no failure to keep: it is tried again in a second. */
  const publish = (): void => {
    const { first, bytes } = appender.active();
    isPublished = false;
    try {
      position.writeNow(encodePosition({ journal: id, last, segment: first, offset: bytes }), 0);
      isPublished = true;
    } catch (error) {
      log.error('journal position not published', { error });
    }
  };

  const bring = async (group: Group): Promise<void> => {
    try {
      await appender.append(group.bytes, group.first);
    } catch (error) {
      const fault = faultOf(error, folder);
      if (fault instanceof Fault) failure = fault;
      log.error('journal stalled', { error: fault });
      throw fault;
    }
  };

  const commit = async (group: Group): Promise<void> => {
    const began = clock.monotonic();
    const segments = appender.active();
    await bring(group);
    for (const [i, sender] of group.senders.entries()) received.add(group.last, sender, group.hours[i] ?? 0);
    last = group.last;
    received.reach(last);
    publish();
    commits += 1;
    lastCommitMs = clock.monotonic() - began;
    if (appender.active() !== segments) upkeep.rolled();
  };

  const repair = async (): Promise<void> => {
    if (failure === undefined) {
      if (!isPublished) publish();
      return;
    }
    await appender.repair(last + 1);
    failure = undefined;
    publish();
    log.info('journal repaired', { next: last + 1 });
  };

  const groups = createGroupCommit(last, seedOf(id), commit);
  const upkeep = startUpkeep(ground, repair);
  publish();

  const isFull = (): boolean => appender.held() + groups.pendingBytes() >= space.room();

  const refusal = (): Fault | undefined => {
    if (stopping !== undefined) return new Fault('JOURNAL_WRITE_FAILED', 'it is being closed', { retry: true });
    if (failure !== undefined) return failure;
    if (isFull()) {
      const { maxBytes, reserveBytes } = settings;
      const why = space.limit() === 'bound' ? `it holds ${maxBytes} bytes` : `less than ${reserveBytes} bytes are free`;
      return new Fault('JOURNAL_FULL', `${why} in ${folder}; free space, or let ingest catch up`, { retry: true });
    }
    if (groups.pendingBytes() < MAX_PENDING_BYTES) return undefined;
    return new Fault('JOURNAL_WRITE_FAILED', 'the disk does not keep up: too much waits for it', { retry: true });
  };

  const stalled = (): JournalState['stalled'] => {
    if (failure !== undefined) return failure.code === 'JOURNAL_FULL' ? 'reserve' : 'error';
    return isFull() ? space.limit() : undefined;
  };

  const stop = async (): Promise<void> => {
    await groups.drain();
    await upkeep.stop();
    await appender.close().catch((error: unknown) => log.warn('journal not closed cleanly', { error }));
    await position.close();
    lock.release();
  };

  return {
    id,
    append: (packet) => {
      const fault = refusal();
      if (fault !== undefined) throw fault;
      return groups.append(packet);
    },
    state: () => ({
      first: appender.segments[0]?.first ?? 1,
      last,
      segments: appender.segments.length,
      bytes: appender.held(),
      stalled: stalled(),
      lastCommitMs,
      commits,
    }),
    received: (fromHour, toHour) => received.query(fromHour, toHour),
    passed: (sequence) => upkeep.passed(sequence),
    stop: () => (stopping ??= stop()),
  };
};
