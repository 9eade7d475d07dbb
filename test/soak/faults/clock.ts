import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '#model/clock.ts';
import { milliseconds } from '#model/duration.ts';
import type { SoakFault } from '#test/soak/fault.ts';
import { untilMore } from '#test/soak/progress.ts';
import { tempFolder } from '#test/support/temp-folder.ts';

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

/** Debian's libfaketime, which moves the clock of a running process. */
export const hasFaketime = existsSync(LIBRARY);

/** Hours by which the clock of the machine is off. Devices send what they measured up to a day ago. */
const OFFSETS = [-12, -1, -0.01, 0, 0.01, 1, 12];

/** A clock for processes that is moved by hand while they run: what they need in their environment. */
export const movedClock = (): { readonly env: Readonly<Record<string, string>>; set(hours: number): void } => {
  if (!hasFaketime) throw new Error('the Debian package faketime is not installed');
  const file = join(tempFolder(), 'offset');
  const set = (hours: number): void => {
    writeFileSync(`${file}.new`, `${hours < 0 ? '' : '+'}${Math.round(hours * 3_600)}\n`);
    renameSync(`${file}.new`, file);
  };
  set(0);
  return {
    env: {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: file,
      // both processes see it at one moment, as when a machine's clock is set
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set,
  };
};

/** The wall clock of broker and ingest jumps; that which measures spans goes on, as it does when a clock is set. */
export const clockJumps: SoakFault = {
  name: 'clock',
  summary: 'the clock of the machine jumps back and ahead, by seconds or by half a day',
  begin: () => {
    const { env, set } = movedClock();
    return {
      options: { env },
      round: async ({ sender, random }) => {
        set(OFFSETS[Math.floor(random.next() * OFFSETS.length)] ?? 0);
        await systemClock.sleep(milliseconds(1_000 + random.next() * 1_000));
        await untilMore(sender, 20);
      },
    };
  },
};
