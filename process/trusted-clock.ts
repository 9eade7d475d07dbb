import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type ClockJump, type TimeEstimate, TrustedTime } from './trusted-time.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, formatDuration, hours, milliseconds, minutes, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';
import { diskFiles, isSystemError, type JournalFiles, writeWhole } from './files.ts';

const CHECK_EVERY = seconds(1);
const SAVE_EVERY = minutes(1);
/** A shorter stop of the service is not logged. */
const LOGGED_STOP = hours(24);

const EstimateFile = z.object({
  at: z.number(),
  ahead: z.number(),
  observedMs: z.number(),
  isWhileRunning: z.boolean(),
  earlier: z.array(z.object({ ahead: z.number(), observedMs: z.number() })).exactOptional(),
});

/** Name of the file in the folder of the clock. */
const TRUSTED_TIME_FILE = 'trusted-time';

/** The saved estimate of a folder. Undefined without a readable file: the clock is then trusted. */
export const readEstimate = (folder: string): TimeEstimate | undefined => {
  try {
    return EstimateFile.safeParse(JSON.parse(readFileSync(`${folder}/${TRUSTED_TIME_FILE}`, 'utf8'))).data;
  } catch {
    return undefined;
  }
};

/** A clock whose `now` is for the deletion of old data only. */
export interface TrustedClock extends Clock {
  /** The jump of the clock while the service ran: positive ahead, negative behind. Undefined after its correction or acceptance. */
  jump(): Duration | undefined;
  /** Saves the estimate. Safe to call twice. */
  stop(): Promise<void>;
}

export interface TrustedClockDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly files?: JournalFiles;
}

const logJump = ({ ahead, isAtStart }: ClockJump, log: Log): void => {
  const span = formatDuration(milliseconds(Math.abs(Math.round(ahead.ms / 60_000) * 60_000)));
  const where = `${span} ${ahead.ms > 0 ? 'ahead of' : 'behind'} the time that has passed`;
  const why = isAtStart
    ? 'the service was stopped for that time, or the clock was set'
    : 'it was set while the service ran';
  const advice = 'nothing is deleted for its age during a day of running; check the clock (klawing doctor)';
  if (isAtStart && ahead.ms > 0 && ahead.ms < LOGGED_STOP.ms) return;
  const fault = new Fault('CLOCK_JUMPED', `it is ${where}: ${why}. ${advice}`);
  log.warn('system clock jumped', { code: fault.code, detail: fault.detail });
};

/** Starts the comparison of wall time and monotonic time, from the saved estimate of a folder. */
export const startTrustedClock = (
  folder: string,
  { clock, log, files = diskFiles }: TrustedClockDeps,
): TrustedClock => {
  const time = new TrustedTime(clock, readEstimate(folder));
  let saving: Promise<void> = Promise.resolve();

  /** Without a saved estimate, as on a full disk, the next start has an older one. */
  const save = (): Promise<void> => {
    saving = saving
      .then(() => writeWhole(files, folder, TRUSTED_TIME_FILE, JSON.stringify(time.estimate())))
      .catch((error: unknown) => {
        if (!isSystemError(error)) throw error;
        log.debug('time estimate not saved', { error: String(error) });
      });
    return saving;
  };

  const check = (): void => {
    const jump = time.check();
    if (jump === undefined) return;
    logJump(jump, log);
    void save();
  };

  check();
  const timers = [clock.every(CHECK_EVERY, check), clock.every(SAVE_EVERY, () => void save())];
  return {
    ...clock,
    now: () => time.now(),
    jump: () => {
      const { ahead, isWhileRunning } = time.estimate();
      return isWhileRunning && ahead !== 0 ? milliseconds(ahead) : undefined;
    },
    stop: () => {
      for (const timer of timers) timer.stop();
      return save();
    },
  };
};
