import { type Duration, milliseconds, minutes } from '#model/base/duration.ts';
import { FLAG, type Flag } from '#model/readings/flag.ts';
import type { Registry } from '#model/registry/registry.ts';

/** SUSPECT and UNKNOWN are evidence: a flood is unusual too. What FAILs a check or is MISSING is none. */
export const isBelievable = (flag: Flag): boolean => flag !== FLAG.FAIL && flag !== FLAG.MISSING;

const REPORTS = 3;
const AT_LEAST = minutes(15);

/**
 * How old a reading of this device may be when it arrives, and how far apart two of them, to tell of now: three
 * reports, but a quarter of an hour at least.
 */
export const freshness = (device: string, { devices }: Registry): Duration => {
  const every = devices.get(device)?.every.ms ?? 0;
  return milliseconds(Math.max(every * REPORTS, AT_LEAST.ms));
};
