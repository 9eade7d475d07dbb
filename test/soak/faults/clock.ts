import { systemClock } from '#model/base/clock.ts';
import { hours, milliseconds } from '#model/base/duration.ts';
import type { SoakFault } from '#test/soak/fault.ts';
import { untilMore } from '#test/soak/progress.ts';
import { movedClock } from '#test/support/clocks/moved-clock.ts';

/** Hours by which the clock of the machine is off. Devices send what they measured up to a day ago. */
const OFFSETS = [-12, -1, -0.01, 0, 0.01, 1, 12];

/** The wall clock of broker and ingest jumps; that which measures spans goes on, as it does when a clock is set. */
export const clockJumps: SoakFault = {
  name: 'clock',
  summary: 'the clock of the machine jumps back and ahead, by seconds or by half a day',
  begin: () => {
    const { env, set } = movedClock();
    return {
      options: { env },
      round: async ({ sender, random }) => {
        set(hours(OFFSETS[Math.floor(random.next() * OFFSETS.length)] ?? 0));
        await systemClock.sleep(milliseconds(1_000 + random.next() * 1_000));
        await untilMore(sender, 20);
      },
    };
  },
};
