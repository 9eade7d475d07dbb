import type { Family } from '#model/readings/family.ts';
import type { Flag } from '#model/readings/flag.ts';
import { NO_TESTS, packedWith, type QualityTest, worstIn } from '#model/quality/quality-tests.ts';
import type { PropertyTests } from '#model/quality/property-tests.ts';
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

/** The reading of a property in an observation; −1 where it has none, or one without a value. */
export const rowOf = ({ readings, series }: CheckedReadings, property: string, from: number, to: number): number => {
  for (let row = from; row < to; row += 1) {
    if (series[readings.series[row] ?? -1]?.property !== property) continue;
    return Number.isNaN(readings.value[row]) ? -1 : row;
  }
  return -1;
};

/**
 * The flags of all tests, packed, by reading. A flag only gets worse, so that the order of checks does not matter. What no check
 * looked at is UNKNOWN.
 */
export class Flags {
  readonly tests: Int32Array<ArrayBuffer>;

  constructor(tests: Int32Array<ArrayBuffer>) {
    this.tests = tests;
  }

  /** The same flags, to which others are added. */
  copy(): Flags {
    return new Flags(this.tests.slice());
  }

  /** @param shift place of the test in the packed number */
  note(row: number, shift: number, flag: Flag): void {
    this.tests[row] = packedWith(this.tests[row] ?? NO_TESTS, shift, flag);
  }

  /** Takes the flags of all tests away, because there is no value. */
  clear(row: number): void {
    this.tests[row] = NO_TESTS;
  }

  /** The worst flag of each reading. */
  worst(): Uint8Array<ArrayBuffer> {
    const column = new Uint8Array(this.tests.length);
    for (let row = 0; row < column.length; row += 1) column[row] = worstIn(this.tests[row] ?? NO_TESTS);
    return column;
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

/** One test of the values of a series, with its parameters. */
export interface SeriesTest {
  /** A value that is older than this has no part in the flag, in milliseconds. */
  readonly reach: number;
  /**
   * Takes the next value of the series.
   * @param state the numbers that the test keeps; all 0 before the first value
   * @param before time of the value before; NaN of the first, −∞ where it is out of reach
   */
  next(state: Float64Array, time: number, value: number, before: number): Flag;
}

/**
 * A QARTOD check of the values of each series in their order. It keeps numbers of the past. The time and the value decide, never
 * the order of arrival: a value that comes late is judged later, from the store.
 */
export interface SeriesCheck {
  readonly name: QualityTest;
  /** Numbers that it keeps for each series. */
  readonly width: number;
  /** Its flag is that of the value before, as it needs the value behind it. */
  readonly judges?: 'value-before';
  /** The test of a series; undefined where it does not run. */
  of(series: CheckedSeries, tests: PropertyTests): SeriesTest | undefined;
}
