import { seconds } from '#model/base/duration.ts';
import { isSystemError } from '#process/files.ts';
import type { OpenJournal } from './open.ts';
import { makeTrimmer } from './trim.ts';

const TICK = seconds(1);
const CHECKPOINT = seconds(10);

/** Periodic work beside the writing: checks of the disk, repair after a failure, checkpoints, deletion of segments. */
export interface Upkeep {
  /** All readers have passed this entry. Resolves after the deletion of the segments before it. */
  passed(sequence: number): Promise<void>;
  /** A segment was closed: the counts are saved, so that it may be deleted. */
  rolled(): void;
  /** Saves the counts and stops. */
  stop(): Promise<void>;
}

/** Runs a job that must not overlap itself: calls during a run share one further run. */
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

/** @param repair called about every second; repairs the writer after a failure, or throws the reason */
export const startUpkeep = (open: OpenJournal, repair: () => Promise<void>): Upkeep => {
  const { folder, files, appender, intake, space, settings, segmentBytes, clock, log } = open;
  const trimmer = makeTrimmer(folder, appender);
  let passed = 0;
  let isCheckpointDue = false;

  /** Logs a failure instead of throwing it: the job runs again after a second. */
  const attempt = async (what: string, job: () => Promise<void>): Promise<void> => {
    try {
      await job();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      log.warn(`journal ${what} failed`, { error });
    }
  };

  const checkSpace = (): Promise<void> => attempt('space check', () => space.refresh(appender.held()));

  const checkpoint = async (): Promise<void> => {
    isCheckpointDue = false; // before the save, so that a request during it is not lost
    try {
      await intake.checkpoint();
    } catch (error) {
      isCheckpointDue = true;
      throw error;
    }
  };

  const trimPassed = async (): Promise<void> => {
    const removed = await trimmer.trim({
      through: Math.min(passed, intake.through()),
      now: clock.now(),
      keepRaw: settings.keepRaw,
      room: space.room() - segmentBytes,
    });
    if (removed === 0) return;
    await files.syncFolder(folder);
    await checkSpace();
    log.debug('journal trimmed', { segments: removed });
  };

  const work = coalesce(async () => {
    await checkSpace();
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
