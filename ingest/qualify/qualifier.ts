import type { Batch, Classified } from '#ingest/batch.ts';
import type { Instant } from '#model/base/instant.ts';
import type { QualifiedColumns, ReadingColumns, Series } from '#model/readings/columns.ts';
import type { SeriesCourse } from '#model/quality/series-course.ts';
import type { QualityVersion } from '#model/quality/quality-versions.ts';
import { lookedAt, type QualifyContext, withFlags } from './qualify.ts';
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

/** The span of late values of one series. */
class LateSpan {
  from = Number.POSITIVE_INFINITY;
  to = Number.NEGATIVE_INFINITY;

  add(time: Instant): void {
    this.from = Math.min(this.from, time);
    this.to = Math.max(this.to, time);
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
    for (const { series, numbers } of courses) this.#numbers.set(keyOf(series), numbers);
  }

  #qualify(readings: ReadingColumns, context: QualifyContext, leftOut: ReadonlySet<number>): QualifiedColumns {
    const { flags: plain, series } = lookedAt(readings, context);
    const flags = plain.copy();
    const versions = this.#versions();
    const runs = series.map((of, number) => {
      const one = readings.seriesTable[number];
      return of === undefined || one === undefined
        ? undefined
        : new SeriesRun(of, versions, this.#numbers.get(keyOf(one)));
    });
    const late = new Map<number, LateSpan>();
    for (let row = 0; row < readings.length; row += 1) {
      const number = readings.series[row] ?? -1;
      const run = runs[number];
      if (run === undefined || (leftOut.size > 0 && leftOut.has(row))) continue;
      const time = readings.observedAt[row] ?? 0;
      const isTaken =
        readings.missing[row] === 1 ? run.miss(time) : run.take(row, time, readings.value[row] ?? Number.NaN, flags);
      if (isTaken) continue;
      let span = late.get(number);
      if (span === undefined) late.set(number, (span = new LateSpan()));
      span.add(time);
    }
    const qualified = withFlags(readings, flags);
    this.#changes.set(qualified, {
      courses: runs.flatMap((run, number) => {
        const [series, numbers] = [readings.seriesTable[number], run?.end(flags)];
        return series === undefined || numbers === undefined ? [] : [{ series, numbers }];
      }),
      flags: runs.flatMap((run, number) => {
        const [one, change] = [readings.seriesTable[number], run?.change];
        return one === undefined || change === undefined ? [] : [{ series: one, ...change }];
      }),
      late: Array.from(late).flatMap(([number, { from, to }]) => {
        const one = readings.seriesTable[number];
        return one === undefined ? [] : [{ series: one, from, to }];
      }),
    });
    return qualified;
  }
}
