import { type Duration, milliseconds, minutes } from '#model/base/duration.ts';
import { FLAG, type Flag } from '#model/readings/flag.ts';
import type { Registry } from '#model/registry/registry.ts';

/** SUSPECT and UNKNOWN values are evidence, because a flood is unusual too. FAIL and MISSING ones are not. */
export const isBelievable = (flag: Flag): boolean => flag !== FLAG.FAIL && flag !== FLAG.MISSING;

const REPORTS = 3;
const AT_LEAST = minutes(15);

/**
 * Largest age of a reading at its arrival, and largest distance of two readings, to be evidence of the present: three
 * reports, but a quarter of an hour at least.
 */
export const freshness = (device: string, { devices }: Registry): Duration => {
  const every = devices.get(device)?.every.ms ?? 0;
  return milliseconds(Math.max(every * REPORTS, AT_LEAST.ms));
};
