import type { Family } from '#model/readings/family.ts';
import { FLAG, type Flag, parseFlag, worst } from '#model/readings/flag.ts';
import { NO_TESTS, packedWith, type QualityTest } from '#model/quality/quality-tests.ts';
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

/** The reading of a property in an observation; −1 where it has none. */
export const rowOf = ({ readings, series }: CheckedReadings, property: string, from: number, to: number): number => {
  for (let row = from; row < to; row += 1) {
    if (series[readings.series[row] ?? -1]?.property === property) return row;
  }
  return -1;
};

/**
 * Flags of readings: of each test, and the worst of them. A flag only gets worse, so that the order of checks does not
 * matter. What no check looked at is UNKNOWN.
 */
export class Flags {
  readonly column: Uint8Array<ArrayBuffer>;
  /** The flags of all tests, packed. */
  readonly tests: Int32Array<ArrayBuffer>;

  constructor(readings: number) {
    this.column = new Uint8Array(readings).fill(FLAG.UNKNOWN);
    this.tests = new Int32Array(readings);
  }

  /** @param shift place of the test in the packed number */
  note(row: number, shift: number, flag: Flag): void {
    this.column[row] = worst(parseFlag(this.column[row] ?? 0) ?? flag, flag);
    this.tests[row] = packedWith(this.tests[row] ?? NO_TESTS, shift, flag);
  }
}

/**
 * A QARTOD check. It looks at the values as they were sent, never at the flags of another check. It flags; it never takes a
 * reading away.
 */
export interface Check {
  readonly name: QualityTest;
  flag(checked: CheckedReadings, flags: Flags): void;
}
