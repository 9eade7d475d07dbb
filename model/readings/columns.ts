import { FLAG, type Flag, parseFlag } from './flag.ts';
import { NO_TESTS } from '#model/quality/quality-tests.ts';
import { type Qualified, type Reading, TIMED_BY, type TimedBy } from './reading.ts';

/** The common part of the readings of one property of one device at one station. */
export type Series = Pick<Reading, 'station' | 'device' | 'family' | 'property'>;

/**
 * Readings as columns: of each member one array, with a place for every reading. What repeats stands once, in
 * `seriesTable`. `docs/columns.md` explains why.
 */
export interface ReadingColumns {
  readonly length: number;
  /** The series of these readings, each once. */
  readonly seriesTable: readonly Series[];
  /** Position in `seriesTable`. */
  readonly series: Int32Array<ArrayBuffer>;
  readonly value: Float64Array<ArrayBuffer>;
  readonly observedAt: Float64Array<ArrayBuffer>;
  readonly receivedAt: Float64Array<ArrayBuffer>;
  readonly sequence: Float64Array<ArrayBuffer>;
  /** 1 for a value that the device sent in place of a missing one, 0 for all others. */
  readonly missing: Uint8Array<ArrayBuffer>;
  /** Position in `TIMED_BY`. */
  readonly timedBy: Uint8Array<ArrayBuffer>;
  /** The place of a reading in its payload. */
  readonly place: (row: number) => string;
}

/** Readings with their quality flags. */
export interface QualifiedColumns extends ReadingColumns {
  readonly flag: Uint8Array<ArrayBuffer>;
  /** The flags of all quality tests, packed (`model/quality/quality-tests.ts`). */
  readonly tests: Int32Array<ArrayBuffer>;
}

export const DEVICE = TIMED_BY.indexOf('device');
export const ARRIVAL = TIMED_BY.indexOf('arrival');
export const SHIFTED = TIMED_BY.indexOf('shifted');

/**
 * Whether a reading has the time of its arrival: it is the newest then, also where the clock of the service was set back a
 * little. A time that a device counts back from the arrival is as late as it says.
 */
export const isOfArrival = (
  { timedBy, observedAt, receivedAt }: Pick<ReadingColumns, 'timedBy' | 'observedAt' | 'receivedAt'>,
  row: number,
): boolean => timedBy[row] === ARRIVAL && (observedAt[row] ?? 0) >= (receivedAt[row] ?? 0);

const NO_SERIES: Series = { station: '', device: '', family: '', property: '' };

/** The series of a reading. */
export const seriesAt = ({ seriesTable, series }: ReadingColumns, row: number): Series =>
  seriesTable[series[row] ?? -1] ?? NO_SERIES;

const timedByAt = ({ timedBy }: ReadingColumns, row: number): TimedBy => TIMED_BY[timedBy[row] ?? 0] ?? 'device';

export const flagAt = ({ flag }: QualifiedColumns, row: number): Flag => parseFlag(flag[row] ?? 0) ?? FLAG.UNKNOWN;

/** One reading as an object, for what is not done by columns. */
export const readingAt = (columns: ReadingColumns, row: number): Reading => {
  const { station, device, family, property } = seriesAt(columns, row);
  return {
    device,
    station,
    family,
    property,
    value: columns.value[row] ?? Number.NaN,
    observedAt: columns.observedAt[row] ?? 0,
    receivedAt: columns.receivedAt[row] ?? 0,
    timedBy: timedByAt(columns, row),
    sequence: columns.sequence[row] ?? 0,
    place: columns.place(row),
  };
};

export const qualifiedAt = (columns: QualifiedColumns, row: number): Qualified => ({
  ...readingAt(columns, row),
  flag: flagAt(columns, row),
  tests: columns.tests[row] ?? NO_TESTS,
});

/** All readings as objects. */
export const readingsIn = (columns: QualifiedColumns): readonly Qualified[] =>
  Array.from({ length: columns.length }, (_, row) => qualifiedAt(columns, row));

/** Numbers for series, in the order in which they are met. */
export class SeriesNumbers {
  readonly table: Series[] = [];
  readonly #byKey = new Map<string, number>();

  of({ station, device, family, property }: Series): number {
    const key = `${device}\t${station}\t${family}\t${property}`;
    let number = this.#byKey.get(key);
    if (number === undefined) {
      number = this.table.push({ station, device, family, property }) - 1;
      this.#byKey.set(key, number);
    }
    return number;
  }
}

const columnsFrom = (readings: readonly Qualified[]): ReadingColumns => {
  const { length } = readings;
  const numbers = new SeriesNumbers();
  return {
    length,
    seriesTable: numbers.table,
    series: Int32Array.from(readings, (reading) => numbers.of(reading)),
    value: Float64Array.from(readings, ({ value }) => value),
    observedAt: Float64Array.from(readings, ({ observedAt }) => observedAt),
    receivedAt: Float64Array.from(readings, ({ receivedAt }) => receivedAt),
    sequence: Float64Array.from(readings, ({ sequence }) => sequence),
    missing: Uint8Array.from(readings, ({ flag }) => Number(flag === FLAG.MISSING)),
    timedBy: Uint8Array.from(readings, ({ timedBy }) => TIMED_BY.indexOf(timedBy)),
    place: (row) => readings[row]?.place ?? '',
  };
};

/** Columns of readings that come as objects. */
export const columnsOf = (readings: readonly Qualified[]): QualifiedColumns => ({
  ...columnsFrom(readings),
  flag: Uint8Array.from(readings, ({ flag }) => flag),
  tests: Int32Array.from(readings, ({ tests }) => tests),
});

/** Some of the readings, in the order of `rows`. */
export const selectReadings = (columns: ReadingColumns, rows: readonly number[]): ReadingColumns => {
  const { seriesTable, series, value, observedAt, receivedAt, sequence, missing, timedBy, place } = columns;
  const pick = (from: Float64Array): Float64Array<ArrayBuffer> =>
    Float64Array.from(rows, (row) => from[row] ?? Number.NaN);
  return {
    length: rows.length,
    seriesTable,
    series: Int32Array.from(rows, (row) => series[row] ?? -1),
    value: pick(value),
    observedAt: pick(observedAt),
    receivedAt: pick(receivedAt),
    sequence: pick(sequence),
    missing: Uint8Array.from(rows, (row) => missing[row] ?? 0),
    timedBy: Uint8Array.from(rows, (row) => timedBy[row] ?? 0),
    place: (row) => place(rows[row] ?? -1),
  };
};

/** The same of readings with flags. */
export const selectRows = (columns: QualifiedColumns, rows: readonly number[]): QualifiedColumns => ({
  ...selectReadings(columns, rows),
  flag: Uint8Array.from(rows, (row) => columns.flag[row] ?? FLAG.UNKNOWN),
  tests: Int32Array.from(rows, (row) => columns.tests[row] ?? NO_TESTS),
});
