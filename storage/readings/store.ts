import type { Flag } from '#model/readings/flag.ts';
import type { Instant } from '#model/base/instant.ts';
import type { QualifiedColumns } from '#model/readings/columns.ts';
import type { TimedBy } from '#model/readings/reading.ts';
import type { BoardSeriesWriter } from './board-series.ts';

/** One value of one property of one device at one time: what a duplicate or a revision is recognised by. */
export interface ReadingKey {
  readonly device: string;
  readonly family: string;
  readonly station: string;
  readonly property: string;
  readonly observedAt: Instant;
}

/** Readings offered together. They come from the journal entries `from` to `to` and nothing else does. */
export interface StoreBatch {
  readonly journal: string;
  readonly from: number;
  readonly to: number;
  /** New readings and revisions, in order of arrival; duplicates are already taken out, and no two share a key. */
  readonly readings: QualifiedColumns;
  /** Which of `readings` replace a value that the store holds (by position). */
  readonly revised: ReadonlySet<number>;
  /**
   * True when an earlier attempt at this very range may have reached the store. All rows of the range are then replaced
   * by `readings`, so a part of an entry whose other parts are stored (a replay) must not come with it.
   */
  readonly isRepeat: boolean;
  /** Stored values whose flags change with these readings. */
  readonly requalified?: readonly Requalified[];
}

/** A stored value with its new flags. Its row stays what it is: this is not a revision. */
export interface Requalified extends ReadingKey {
  readonly flag: Flag;
  /** The flags of all quality tests, packed. */
  readonly tests: number;
}

/** A reading that the store refused for good, with the store's own words. */
export interface Rejection {
  /** Position in the batch's `readings`. */
  readonly index: number;
  readonly reason: string;
}

/**
 * Accepted, rejected, kept: what is not listed as rejected is durable in the store. Nothing was accepted ("kept") when
 * `write` throws a `Fault` with `retry`.
 */
export interface StoreOutcome {
  readonly rejected: readonly Rejection[];
}

/** A stored row as it is read back. */
export interface StoredReading {
  readonly device: string;
  readonly property: string;
  readonly observedAt: Instant;
  readonly value: number;
  readonly flag: Flag;
  /** The flags of all quality tests, packed. */
  readonly tests: number;
  readonly timedBy: TimedBy;
}

/** Result of a look-up under a key. */
export type StoredValue = Pick<StoredReading, 'value' | 'timedBy'>;

export interface ReadingQuery {
  readonly station: string;
  readonly family: string;
  /** Every property of the station when undefined. */
  readonly property: string | undefined;
  /** Observed at or after / before. */
  readonly from: Instant;
  readonly to: Instant;
  readonly flags: readonly Flag[];
}

export interface RawQuery extends ReadingQuery {
  /** Go on behind this row, in the order observed-at, device, property. */
  readonly after: Pick<StoredReading, 'observedAt' | 'device' | 'property'> | undefined;
  readonly limit: number | undefined;
}

export const AGGREGATES = ['mean', 'min', 'max', 'sum', 'count', 'last', 'p95'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/** Of an amount, `from` is not included and `to` is: a report at midnight tells of the day that ends. */
export interface AggregateQuery extends ReadingQuery {
  readonly property: string;
  readonly fn: Aggregate;
  /** Width of a window in milliseconds; windows start at local midnight of `zone`. */
  readonly intervalMs: number;
  /** IANA name. */
  readonly zone: string;
  /** Milliseconds of local time after midnight at which a day begins; 0 when absent. */
  readonly dayStartMs?: number;
  /** The property that weighs a direction: the speed of what comes from there. */
  readonly weight?: string;
  /** The property is a direction: its mean is that of unit vectors. */
  readonly isCircular: boolean;
  /** The property is an amount since the last report: a window holds what was observed in (start, end]. */
  readonly isAmount: boolean;
}

/** One window of one device: [start, end), or (start, end] of an amount. */
export interface AggregateRow {
  readonly start: Instant;
  /** Where the next window starts, whatever span was asked for. */
  readonly end: Instant;
  readonly device: string;
  readonly property: string;
  readonly value: number;
  /** Number of readings behind the value. */
  readonly count: number;
}

/** Number of rows of one device and property in one observed hour (whole hours since 1970). */
export interface RowCount {
  readonly device: string;
  readonly property: string;
  readonly hour: number;
  readonly rows: number;
}

/** Where readings live. Every implementation passes `test/contract/stores.test.ts`. */
export interface Store {
  readonly name: string;
  /**
   * Writes a batch durably and idempotently: writing the same range again leaves the same rows.
   * @throws Fault with `retry` while the store is away, slow or full; then nothing counts as accepted
   */
  write(batch: StoreBatch, signal: AbortSignal): Promise<StoreOutcome>;
  /**
   * Puts new flags on stored values; one that is not there is left out.
   * @throws Fault with `retry` while the store is away; the same call again does the same
   */
  requalify(changed: readonly Requalified[], signal: AbortSignal): Promise<void>;
  /**
   * The values that the store holds under these keys; a key that is not in the answer is not stored. One look-up per
   * device and span, not per key. The map's keys are those of `keyOf`.
   */
  lookUp(keys: readonly ReadingKey[], signal: AbortSignal): Promise<ReadonlyMap<string, StoredValue>>;
  /** Rows in the order observed-at, device, property, streamed in chunks. */
  read(query: RawQuery, signal: AbortSignal): AsyncIterable<readonly StoredReading[]>;
  /** Windows in the order start, device. */
  aggregate(query: AggregateQuery, signal: AbortSignal): Promise<readonly AggregateRow[]>;
  /**
   * Rows per device, property and observed hour, both hours included, for `klawing ledger --verify`. Chunks follow each
   * other in time; each device, property and hour comes once.
   */
  count(fromHour: number, toHour: number, signal: AbortSignal): AsyncIterable<readonly RowCount[]>;
  /** Resolves when the store is able to take a write now; throws the `Fault` that says why not. */
  check(signal: AbortSignal): Promise<void>;
  /**
   * Writes all rows, as they are when it calls `onBegun`, into a file of their own that an empty data folder can begin
   * with; gives how many there are. Writing may go on meanwhile. Undefined where the rows live outside the data folder.
   */
  readonly copy?: (path: string, onBegun: () => void, signal: AbortSignal) => Promise<number>;
  /**
   * Removes some of the readings that were observed before an instant; gives how many, 0 when none are left. Undefined
   * where a server removes them by a retention of its own.
   */
  readonly forget?: (before: Instant, signal: AbortSignal) => Promise<number>;
  /** Tables that boards outside Klawing need beside the readings; undefined where no such boards read the store. */
  readonly boardSeries?: BoardSeriesWriter;
  stop(): Promise<void>;
}

/** One text for one key: tabs cannot stand in any of its parts. */
export const keyOf = (key: Pick<ReadingKey, 'device' | 'property' | 'observedAt'>): string =>
  `${key.device}\t${key.property}\t${key.observedAt}`;
