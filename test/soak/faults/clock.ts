import { existsSync, writeFileSync } from 'node:fs';
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

/** The wall clock of broker and ingest jumps; that which measures spans goes on, as it does when a clock is set. */
export const clockJumps: SoakFault = {
  name: 'clock',
  summary: 'the clock of the machine jumps back and ahead, by seconds or by half a day',
  begin: () => {
    if (!hasFaketime) throw new Error('the Debian package faketime is not installed');
    const file = join(tempFolder(), 'offset');
    const set = (hours: number): void => writeFileSync(file, `${hours < 0 ? '' : '+'}${Math.round(hours * 3_600)}\n`);
    set(0);
    return {
      options: {
        env: {
          LD_PRELOAD: LIBRARY,
          FAKETIME_TIMESTAMP_FILE: file,
          FAKETIME_CACHE_DURATION: '1',
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        },
      },
      round: async ({ sender, random }) => {
        set(OFFSETS[Math.floor(random.next() * OFFSETS.length)] ?? 0);
        await systemClock.sleep(milliseconds(1_000 + random.next() * 1_000));
        await untilMore(sender, 20);
      },
    };
  },
};
