import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Belief, CarefulTime, type Jump } from './trusted-time.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, formatDuration, hours, milliseconds, minutes, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';
import { diskFiles, isSystemError, type JournalFiles, writeWhole } from './files.ts';

const LOOK_EVERY = seconds(1);
const NOTED_EVERY = minutes(1);
/** A service that was stopped for less is nothing to tell of. */
const TOLD = hours(24);

const BeliefFile = z.object({
  ...{ at: z.number(), ahead: z.number(), doubted: z.number(), wasSeen: z.boolean() },
  earlier: z.array(z.object({ ahead: z.number(), doubted: z.number() })).exactOptional(),
});

/** The name of the file, in the folder that it is kept for. */
const CAREFUL_TIME_FILE = 'careful-time';

/** The belief that a folder holds; undefined where there is none, or it cannot be read: then the clock is believed. */
export const readBelief = (folder: string): Belief | undefined => {
  try {
    return BeliefFile.safeParse(JSON.parse(readFileSync(`${folder}/${CAREFUL_TIME_FILE}`, 'utf8'))).data;
  } catch {
    return undefined;
  }
};

/** A clock whose `now` is for removing what is old, and for nothing else. */
export interface TrustedClock extends Clock {
  /** How far the clock was set while it ran, ahead or (negative) back; undefined once that is right again, or believed. */
  leap(): Duration | undefined;
  /** Notes what is believed. Safe to call twice. */
  stop(): Promise<void>;
}

export interface TrustedClockDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly files?: JournalFiles;
}

const tell = ({ ahead, isAtStart }: Jump, log: Log): void => {
  const span = formatDuration(milliseconds(Math.abs(Math.round(ahead.ms / 60_000) * 60_000)));
  const where = `${span} ${ahead.ms > 0 ? 'ahead of' : 'behind'} the time that has passed`;
  const why = isAtStart ? 'nothing ran for so long, or it was set' : 'it was set while the service ran';
  const todo = 'nothing is removed by its age for a day of running; see that the clock is right (klawing doctor)';
  if (isAtStart && ahead.ms > 0 && ahead.ms < TOLD.ms) return;
  const fault = new Fault('CLOCK_JUMPED', `it stands ${where}: ${why}. ${todo}`);
  log.warn('clock doubted', { code: fault.code, detail: fault.detail });
};

/** Starts to compare wall time with the time that passes, going on from what a folder holds. */
export const startTrustedClock = (
  folder: string,
  { clock, log, files = diskFiles }: TrustedClockDeps,
): TrustedClock => {
  const time = new CarefulTime(clock, readBelief(folder));
  let noting: Promise<void> = Promise.resolve();

  /** What cannot be noted, on a full disk, makes the next start believe less. */
  const note = (): Promise<void> => {
    noting = noting
      .then(() => writeWhole(files, folder, CAREFUL_TIME_FILE, JSON.stringify(time.belief())))
      .catch((error: unknown) => {
        if (!isSystemError(error)) throw error;
        log.debug('time not noted', { error: String(error) });
      });
    return noting;
  };

  const look = (): void => {
    const jump = time.look();
    if (jump === undefined) return;
    tell(jump, log);
    void note();
  };

  look();
  const timers = [clock.every(LOOK_EVERY, look), clock.every(NOTED_EVERY, () => void note())];
  return {
    ...clock,
    now: () => time.now(),
    leap: () => {
      const { ahead, wasSeen } = time.belief();
      return wasSeen && ahead !== 0 ? milliseconds(ahead) : undefined;
    },
    stop: () => {
      for (const timer of timers) timer.stop();
      return note();
    },
  };
};
