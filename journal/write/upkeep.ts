import { seconds } from '#model/base/duration.ts';
import { isSystemError } from '#process/files.ts';
import type { OpenJournal } from './open.ts';
import { makeTrimmer } from './trim.ts';

const TICK = seconds(1);
const CHECKPOINT = seconds(10);

/** What goes on beside the writing: looking at the disk, repairing after a failure, checkpoints, trimming. */
export interface Upkeep {
  /** Readers need nothing up to this entry any more. Resolves when what may go is gone. */
  passed(sequence: number): Promise<void>;
  /** A segment was closed: the counts are brought to disk, so that it may be trimmed. */
  rolled(): void;
  /** Brings the counts to disk and ends. */
  stop(): Promise<void>;
}

/** Runs a job that must not overlap itself: a call during a run asks for one more, which all such calls share. */
const coalesce = (job: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | undefined;
  let asked: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    await job();
    running = undefined;
  };
  return () => {
    if (running === undefined) return (running = run());
    asked ??= running.then(() => {
      asked = undefined;
      return (running = run());
    });
    return asked;
  };
};

/** @param repair called about every second; brings the writer back after a failure, or throws why it cannot */
export const startUpkeep = (ground: OpenJournal, repair: () => Promise<void>): Upkeep => {
  const { folder, files, appender, received, space, settings, segmentBytes, clock, log } = ground;
  const trimmer = makeTrimmer(folder, appender);
  let passed = 0;
  let isCheckpointDue = false;

  /** What fails here fails again for the same reason in a second, or succeeds: it is told, not thrown. */
  const attempt = async (what: string, job: () => Promise<void>): Promise<void> => {
    try {
      await job();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      log.warn(`journal ${what} failed`, { error });
    }
  };

  const look = (): Promise<void> => attempt('space check', () => space.look(appender.held()));

  const checkpoint = async (): Promise<void> => {
    isCheckpointDue = false; // before, so that what is asked for meanwhile is not forgotten
    try {
      await received.checkpoint();
    } catch (error) {
      isCheckpointDue = true;
      throw error;
    }
  };

  const trimPassed = async (): Promise<void> => {
    const removed = await trimmer.trim({
      through: Math.min(passed, received.through()),
      now: clock.now(),
      keepRaw: settings.keepRaw,
      room: space.room() - segmentBytes,
    });
    if (removed === 0) return;
    await files.syncFolder(folder);
    await look();
    log.debug('journal trimmed', { segments: removed });
  };

  const work = coalesce(async () => {
    await look();
    await attempt('repair', repair);
    if (isCheckpointDue) await attempt('checkpoint', checkpoint);
    await attempt('trim', trimPassed);
  });

  const checkpointSoon = (): Promise<void> => {
    isCheckpointDue = true;
    return work();
  };

  const timers = [clock.every(TICK, () => void work()), clock.every(CHECKPOINT, () => void checkpointSoon())];

  return {
    passed: (sequence) => {
      passed = Math.max(passed, sequence);
      return work();
    },
    rolled: () => void checkpointSoon(),
    stop: () => {
      for (const timer of timers) timer.stop();
      return checkpointSoon();
    },
  };
};
