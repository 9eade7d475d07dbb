import type { Family } from '#model/readings/family.ts';
import { type Flag, parseFlag, worst } from '#model/readings/flag.ts';
import type { ReadingColumns } from '#model/readings/columns.ts';
import type { Station } from '#model/registry/station.ts';

/** A series with the definitions that its readings are checked by. */
export interface CheckedSeries {
  readonly station: Station;
  readonly family: Family;
  readonly property: string;
}

/** Readings before the checks, observation by observation. */
export interface CheckedReadings {
  readonly readings: ReadingColumns;
  /** First reading of each observation, and the number of readings behind the last. */
  readonly start: Int32Array;
  /** By position in `seriesTable`; undefined where station or family are not known. */
  readonly series: readonly (CheckedSeries | undefined)[];
}

/** Flags of readings. A flag only gets worse, so that the order of checks does not matter. */
export class Flags {
  readonly column: Uint8Array<ArrayBuffer>;

  constructor(readings: number) {
    this.column = new Uint8Array(readings);
  }

  worsen(row: number, flag: Flag): void {
    this.column[row] = worst(parseFlag(this.column[row] ?? 0) ?? flag, flag);
  }
}

/**
 * A QARTOD check. It looks at the values as they were sent, never at the flags of another check. It flags; it never takes a
 * reading away.
 */
export interface Check {
  readonly name: string;
  flag(checked: CheckedReadings, flags: Flags): void;
}
