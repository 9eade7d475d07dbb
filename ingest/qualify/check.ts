import type { Family } from '#model/readings/family.ts';
import type { Flag } from '#model/readings/flag.ts';
import type { Reading } from '#model/readings/reading.ts';
import type { Station } from '#model/registry/station.ts';

/** One observation before a check: readings of one device at one time, and where they were made. */
export interface CheckedReadings {
  readonly readings: readonly Reading[];
  readonly station: Station;
  readonly family: Family;
}

/**
 * A QARTOD check. It judges every reading of an observation on the values as they were sent, never on what another
 * check said, so that the order of checks does not matter. It flags; it never takes a reading away.
 */
export interface Check {
  readonly name: string;
  /** One flag per reading, in their order; GOOD where the check finds nothing, UNKNOWN where it cannot tell. */
  flag(observation: CheckedReadings): readonly Flag[];
}
