import type { Duration } from './duration.ts';
import type { Instant } from './instant.ts';

/** How many reports in a row must be missing before a device counts as silent. */
const MISSED_REPORTS = 3;

export interface Expected {
  /** How often the device is expected to report. */
  readonly every: Duration;
  /** From when on it is expected: its registration, or its assignment to a station when that is later. */
  readonly from: Instant;
  /** Its last sign of life; undefined when it never spoke. */
  readonly lastSeen: Instant | undefined;
}

/**
 * Since when a device is silent, or undefined while it is not: three reports and the grace after it was last seen, or
 * after it was first expected when it never spoke. Presence and the age of a value are other things.
 */
export const silentSince = (device: Expected, now: Instant, grace: Duration): Instant | undefined => {
  const last = device.lastSeen ?? device.from;
  const due = last + device.every.ms * MISSED_REPORTS + grace.ms;
  return now > due ? due : undefined;
};
