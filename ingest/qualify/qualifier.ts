import type { Batch, Classified } from '#ingest/batch.ts';
import type { Instant } from '#model/base/instant.ts';
import type { QualifiedColumns, ReadingColumns, Series } from '#model/readings/columns.ts';
import type { SeriesCourse } from '#model/quality/series-course.ts';
import type { QualityVersion } from '#model/quality/quality-versions.ts';
import type { Flags } from './check.ts';
import { type Looked, lookedAt, type QualifyContext, withFlags } from './qualify.ts';
import { type FlagChange, SeriesRun } from './series-run.ts';

/** The changes that the values of a batch make in the course of their series. */
export interface SeriesChanges {
  readonly courses: readonly SeriesCourse[];
  /** Stored values whose flags change. */
  readonly flags: readonly (FlagChange & { readonly series: Series })[];
  /** Series with values that are not newer than those before them, and the span of these values. */
  readonly late: readonly { readonly series: Series; readonly from: Instant; readonly to: Instant }[];
}

const NO_CHANGES: SeriesChanges = { courses: [], flags: [], late: [] };
const NONE_LEFT_OUT: ReadonlySet<number> = new Set();

const keyOf = ({ device, station, property }: Series): string => `${device}\t${station}\t${property}`;

/** Keys of series by their objects, which come again with each batch. */
const keys = new WeakMap<Series, string>();

const keptKeyOf = (series: Series): string => {
  let key = keys.get(series);
  if (key === undefined) keys.set(series, (key = keyOf(series)));
  return key;
};

/** The span of late values of one series. */
class LateSpan {
  from = Number.POSITIVE_INFINITY;
  to = Number.NEGATIVE_INFINITY;

  add(time: Instant): void {
    this.from = Math.min(this.from, time);
    this.to = Math.max(this.to, time);
  }
}

/** The numbers of each series of some readings, before them. */
type Before = readonly (Float64Array | undefined)[];

/** Readings with their flags, and what they were found from. */
interface Qualified {
  readonly readings: QualifiedColumns;
  readonly changes: SeriesChanges;
  readonly before: Before;
  readonly versions: readonly QualityVersion[];
}

/** Readings that both readers take are qualified once, where both know the same of each series: columns are never changed. */
const qualifiedOnce = new WeakMap<ReadingColumns, Qualified>();

const isSame = (a: Before, b: Before): boolean => a.every((numbers, i) => numbers === b[i]);

/** The readings of a batch without those that are left out, qualified from the numbers that stand before them. */
class Qualification {
  readonly #readings: ReadingColumns;
  readonly #flags: Flags;
  readonly #runs: readonly (SeriesRun | undefined)[];
  readonly #late = new Map<number, LateSpan>();

  constructor(
    readings: ReadingColumns,
    { flags, series }: Looked,
    before: Before,
    versions: readonly QualityVersion[],
  ) {
    this.#readings = readings;
    this.#flags = flags.copy();
    this.#runs = series.map((of, number) =>
      of === undefined ? undefined : new SeriesRun(of, versions, before[number]),
    );
  }

  take(leftOut: ReadonlySet<number>): void {
    const { length, series, observedAt, value, missing } = this.#readings;
    const hasMissing = missing.includes(1);
    for (let row = 0; row < length; row += 1) {
      const number = series[row] ?? -1;
      const run = this.#runs[number];
      if (run === undefined || (leftOut.size > 0 && leftOut.has(row))) continue;
      const time = observedAt[row] ?? 0;
      const isMissing = hasMissing && missing[row] === 1;
      if (isMissing ? run.miss(time) : run.take(row, time, value[row] ?? Number.NaN, this.#flags)) continue;
      let span = this.#late.get(number);
      if (span === undefined) this.#late.set(number, (span = new LateSpan()));
      span.add(time);
    }
  }

  readings(): QualifiedColumns {
    return withFlags(this.#readings, this.#flags);
  }

  changes(): SeriesChanges {
    const { seriesTable } = this.#readings;
    const courses: SeriesCourse[] = [];
    const flags: SeriesChanges['flags'][number][] = [];
    const late: SeriesChanges['late'][number][] = [];
    for (const [number, series] of seriesTable.entries()) {
      const run = this.#runs[number];
      const [numbers, change, span] = [run?.end(this.#flags), run?.change, this.#late.get(number)];
      if (numbers !== undefined) courses.push({ series, numbers });
      if (change !== undefined) flags.push({ series, ...change });
      if (span !== undefined) late.push({ series, from: span.from, to: span.to });
    }
    return { courses, flags, late };
  }
}

/** Gives the readings of one reader their flags. It knows the course of each series as of the last committed batch. */
export class Qualifier {
  readonly #versions: () => readonly QualityVersion[];
  readonly #numbers: Map<string, Float64Array>;
  readonly #changes = new WeakMap<QualifiedColumns, SeriesChanges>();

  constructor(versions: () => readonly QualityVersion[], saved: readonly SeriesCourse[] = []) {
    this.#versions = versions;
    this.#numbers = new Map(saved.map(({ series, numbers }) => [keyOf(series), numbers]));
  }

  /** Qualification of the readings of a batch. The same batch again gives the same, until it is committed. */
  batch(batch: Batch): Batch<QualifiedColumns> {
    return { ...batch, readings: this.#qualify(batch.readings, batch, NONE_LEFT_OUT) };
  }

  /** Qualification of classified readings, which stand in the order of their batch. What is not stored is left out. */
  classified(context: QualifyContext, classified: Classified<ReadingColumns>): Classified {
    const leftOut = new Set(classified.superseded);
    for (const [row, classification] of classified.classifications)
      if (classification === 'duplicate') leftOut.add(row);
    return { ...classified, readings: this.#qualify(classified.readings, context, leftOut) };
  }

  /** The changes that come with readings which were qualified here. */
  changesOf(readings: QualifiedColumns): SeriesChanges {
    return this.#changes.get(readings) ?? NO_CHANGES;
  }

  /** The numbers of a series as of the last committed batch. */
  numbersOf(series: Series): Float64Array | undefined {
    return this.#numbers.get(keyOf(series));
  }

  /** Takes numbers over that are in the database now. */
  committed(courses: readonly SeriesCourse[]): void {
    for (const { series, numbers } of courses) this.#numbers.set(keptKeyOf(series), numbers);
  }

  #qualify(readings: ReadingColumns, context: QualifyContext, leftOut: ReadonlySet<number>): QualifiedColumns {
    const versions = this.#versions();
    const before = readings.seriesTable.map((series) => this.#numbers.get(keptKeyOf(series)));
    let qualified = leftOut.size === 0 ? qualifiedOnce.get(readings) : undefined;
    if (qualified === undefined || qualified.versions !== versions || !isSame(before, qualified.before)) {
      const work = new Qualification(readings, lookedAt(readings, context), before, versions);
      work.take(leftOut);
      qualified = { readings: work.readings(), changes: work.changes(), before, versions };
      if (leftOut.size === 0) qualifiedOnce.set(readings, qualified);
    }
    this.#changes.set(qualified.readings, qualified.changes);
    return qualified.readings;
  }
}
