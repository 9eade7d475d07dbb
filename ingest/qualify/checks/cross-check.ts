import type { Check } from '#ingest/qualify/check.ts';
import { FLAG, type Flag } from '#model/readings/flag.ts';

/**
 * Values that cannot stand beside each other: PM2.5 is a part of PM10, so it cannot be larger than it by more than the
 * sensors' error. Both are SUSPECT, for the check cannot tell which of the two is wrong.
 */
export const crossCheck: Check = {
  name: 'cross-check',
  flag: ({ readings, family }) => {
    const flags: Flag[] = readings.map(() => FLAG.GOOD);
    for (const { property, atMost, of } of family.crossChecks) {
      const part = readings.findIndex((reading) => reading.property === property);
      const whole = readings.findIndex((reading) => reading.property === of);
      const partValue = readings[part]?.value;
      const wholeValue = readings[whole]?.value;
      if (partValue === undefined || wholeValue === undefined || partValue <= atMost * wholeValue) continue;
      flags[part] = FLAG.SUSPECT;
      flags[whole] = FLAG.SUSPECT;
    }
    return flags;
  },
};
