import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { Instant } from '#model/base/instant.ts';
import { TIMED_BY, type TimedBy } from '#model/readings/reading.ts';

/** DuckDB's TIMESTAMP ends a little beyond what a JavaScript date can say. */
const LAST_INSTANT: Instant = 8_640_000_000_000_000;

/** In a millisecond: DuckDB counts its times in them. */
export const MICROSECONDS = 1_000;

/** Writes a whole number into a statement, where a parameter would keep DuckDB from skipping blocks by their range. */
export const numberOf = (value: number): string => BigInt(Math.trunc(value)).toString();

/** Writes an instant as a TIMESTAMP expression. */
export const sqlTime = (at: Instant): string =>
  `epoch_ms(${numberOf(Math.ceil(Math.min(Math.max(at, -LAST_INSTANT), LAST_INSTANT)))}::BIGINT)`;

/** The earliest and the latest observed-at. */
export const timeSpan = (keys: Iterable<{ readonly observedAt: Instant }>): readonly [low: Instant, high: Instant] => {
  let [low, high] = [LAST_INSTANT, -LAST_INSTANT];
  for (const { observedAt } of keys) {
    if (observedAt < low) low = observedAt;
    if (observedAt > high) high = observedAt;
  }
  return [low, high];
};

/** The column `timed_by`. */
export const timedByOf = (number: number | undefined): TimedBy => TIMED_BY[number ?? 0] ?? 'device';

interface Columns {
  readonly number: number;
  readonly string: string;
}

const isKind = <K extends keyof Columns>(value: unknown, kind: K): value is Columns[K] => typeof value === kind;

/** One column of a chunk, held to its type: a query of ours that gives another one is a bug. */
export const column = <K extends keyof Columns>(chunk: DuckDBDataChunk, index: number, kind: K): Columns[K][] =>
  chunk.getColumnValues(index).map((value) => {
    if (!isKind(value, kind)) throw new TypeError(`column ${index} holds ${typeof value}, not ${kind}`);
    return value;
  });
