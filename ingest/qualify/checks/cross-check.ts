import { type Check, type CheckedReadings, rowOf } from '#ingest/qualify/check.ts';
import { FLAG } from '#model/readings/flag.ts';
import type { CrossCheck } from '#model/readings/family.ts';
import { shiftOf } from '#model/quality/quality-tests.ts';

const SHIFT = shiftOf('cross-check');

const isBeyond = ({ readings: { value } }: CheckedReadings, part: number, atMost: number, whole: number): boolean =>
  (value[part] ?? 0) > atMost * (value[whole] ?? 0);

/**
 * Values that cannot stand beside each other: PM2.5 is a part of PM10, so it cannot be larger than it by more than the
 * sensors' error. Both are SUSPECT, for the check cannot tell which of the two is wrong.
 */
export const crossCheck: Check = {
  name: 'cross-check',
  flag: (checked, flags) => {
    const { readings, start, series } = checked;
    for (let observation = 0; observation + 1 < start.length; observation += 1) {
      const [from = 0, to = 0] = [start[observation], start[observation + 1]];
      const crossChecks: readonly CrossCheck[] = series[readings.series[from] ?? -1]?.family.crossChecks ?? [];
      for (const { property, atMost, of } of crossChecks) {
        const part = rowOf(checked, property, from, to);
        const whole = part === -1 ? -1 : rowOf(checked, of, from, to);
        if (whole === -1) continue;
        const flag = isBeyond(checked, part, atMost, whole) ? FLAG.SUSPECT : FLAG.GOOD;
        flags.note(part, SHIFT, flag);
        flags.note(whole, SHIFT, flag);
      }
    }
  },
};
