import type { Check } from '#ingest/qualify/check.ts';
import { ARRIVAL, DEVICE } from '#model/readings/columns.ts';
import { FLAG } from '#model/readings/flag.ts';
import { AHEAD, EARLIEST } from '#model/readings/reading.ts';
import { shiftOf } from '#model/quality/quality-tests.ts';

const SHIFT = shiftOf('impossible-date');

/**
 * Impossible date (QARTOD): the time is before 2020, or more than ten minutes after the arrival, so that data that are run again
 * have the flag of live data. Such readings are refused with their reason; a reading that is timed by its arrival is UNKNOWN.
 */
export const impossibleDate: Check = {
  name: 'impossible-date',
  flag: ({ readings: { length, observedAt, receivedAt, timedBy } }, flags) => {
    for (let row = 0; row < length; row += 1) {
      if (timedBy[row] === ARRIVAL) continue;
      const time = observedAt[row] ?? 0;
      // a time that was moved by milliseconds was possible where it came from
      const isLater = timedBy[row] === DEVICE && time > (receivedAt[row] ?? 0) + AHEAD.ms;
      flags.note(row, SHIFT, time < EARLIEST || isLater ? FLAG.FAIL : FLAG.GOOD);
    }
  },
};
