import type { Instant } from '#model/base/instant.ts';
import { days } from '#model/base/duration.ts';
import { FLAG, type Flag } from '#model/readings/flag.ts';
import { NO_TESTS, packedWith, packedWithout, shiftOf } from '#model/quality/quality-tests.ts';
import { type QualityVersion, testsAt, type TestsInForce } from '#model/quality/quality-versions.ts';
import type { Station } from '#model/registry/station.ts';
import { type CheckedSeries, Flags, type SeriesCheck, type SeriesTest } from './check.ts';
import { SERIES_CHECKS } from './checks/index.ts';

/** Numbers of a state before those of the checks: the newest time, the packed flags of that value, and the first time. */
const [NEWEST, TESTS, FIRST, HEAD] = [0, 1, 2, 3];

/** The checks with the places of their numbers in a state. */
const PLACES = SERIES_CHECKS.map((check, i) => ({
  check,
  shift: shiftOf(check.name),
  from: SERIES_CHECKS.slice(0, i).reduce((sum, { width }) => sum + width, HEAD),
}));

/** The places of the flags that the checks of series give. */
const SERIES_SHIFTS: readonly number[] = PLACES.map(({ shift }) => shift);

/** The least reach of a series. A gap that is longer begins it anew. */
const LEAST_REACH = days(1);

/** The time of the newest value that a state knows; undefined of none. */
const newestOf = (numbers: Float64Array | undefined): Instant | undefined => numbers?.[NEWEST];

/** A stored value whose flags change, as the value behind it has come. */
export interface FlagChange {
  readonly observedAt: Instant;
  readonly tests: number;
  /** The packed flags that it had. */
  readonly before: number;
}

/** A check of a series with its parameters, and the places of its flag and of its numbers. */
interface PlacedTest {
  readonly test: SeriesTest;
  readonly shift: number;
  readonly from: number;
  readonly to: number;
  readonly judgesBefore: boolean;
}

/** The checks of a series for the times of one version of parameters. */
interface OpenTests extends Pick<TestsInForce, 'from' | 'until'> {
  readonly placed: readonly PlacedTest[];
  readonly reach: number;
  /** Numbers of the state. */
  readonly width: number;
}

const openTests = (series: CheckedSeries, versions: readonly QualityVersion[], time: Instant): OpenTests => {
  const { station, family, property } = series;
  const { tests, from, until } = testsAt(versions, { station: station.id, family, property }, time);
  const placed = PLACES.flatMap(({ check, shift, from: at }): readonly PlacedTest[] => {
    const test = check.of(series, tests);
    if (test === undefined) return [];
    return [{ test, shift, from: at, to: at + check.width, judgesBefore: check.judges !== undefined }];
  });
  const reach = Math.max(LEAST_REACH.ms, ...placed.map(({ test }) => test.reach));
  return { placed, reach, width: Math.max(HEAD, ...placed.map(({ to }) => to)), from, until };
};

/** The checks that were opened last, by station and property: they hold for batch after batch. */
const opened = new WeakMap<Station, Map<string, OpenTests & { readonly versions: readonly QualityVersion[] }>>();

const testsFor = (series: CheckedSeries, versions: readonly QualityVersion[], time: Instant): OpenTests => {
  let ofStation = opened.get(series.station);
  if (ofStation === undefined) opened.set(series.station, (ofStation = new Map()));
  const known = ofStation.get(series.property);
  if (known !== undefined && known.versions === versions && time >= known.from && time < known.until) return known;
  const open = { ...openTests(series, versions, time), versions };
  ofStation.set(series.property, open);
  return open;
};

/** A check at work on the numbers of a series. */
interface RunningTest extends PlacedTest {
  readonly state: Float64Array;
}

/** The values of one series of a batch, one after the other. */
export class SeriesRun {
  readonly #series: CheckedSeries;
  readonly #versions: readonly QualityVersion[];
  /** A flood may look like a fault, so a property that is real in its range is never FAIL by its course. */
  readonly #isReal: boolean;
  #state: Float64Array;
  /** The newest time; 0 of none. */
  #newest: Instant;
  /** The row of the newest value, if it is of this batch. */
  #row = -1;
  /** The newest value is there no more. */
  #isReplaced = false;
  #running: readonly RunningTest[] = [];
  #reach = LEAST_REACH.ms;
  /** The span of times for which `#running` is in force. */
  #from = Number.POSITIVE_INFINITY;
  #until = Number.NEGATIVE_INFINITY;
  /** The value before the batch, where its flags have changed. */
  change: FlagChange | undefined;

  /** @param numbers of the series so far, which stay as they are */
  constructor(
    series: CheckedSeries,
    versions: readonly QualityVersion[],
    numbers: Float64Array = new Float64Array(HEAD),
  ) {
    this.#series = series;
    this.#versions = versions;
    this.#isReal = series.family.properties[series.property]?.isRealInRange === true;
    this.#state = numbers;
    this.#newest = numbers[NEWEST] ?? 0;
  }

  /** Takes the next value; false where it is not newer than all before it. */
  take(row: number, time: Instant, value: number, flags: Flags): boolean {
    const newest = this.#newest;
    if (time <= newest) {
      this.#replace(row, time);
      return false;
    }
    const before = this.#before(time, newest);
    for (let i = 0; i < this.#running.length; i += 1) {
      const running = this.#running[i];
      if (running === undefined) break;
      const found = running.test.next(running.state, time, value, before);
      const flag = found === FLAG.FAIL && this.#isReal ? FLAG.SUSPECT : found;
      if (!running.judgesBefore) flags.note(row, running.shift, flag);
      else if (flag !== FLAG.UNKNOWN) this.#judgeBefore(newest, running.shift, flag, flags);
    }
    this.#row = row;
    this.#isReplaced = false;
    this.#newest = time;
    return true;
  }

  /** Takes a time without a value; false where a value may have stood there. */
  miss(time: Instant): boolean {
    if (time > this.#newest) return true;
    if (time === this.#newest) this.#isReplaced = true;
    if (time === this.change?.observedAt) this.change = undefined;
    return false;
  }

  /** The numbers behind the last value; undefined where no value was taken. */
  end({ tests }: Flags): Float64Array | undefined {
    if (this.#row === -1) return undefined;
    const numbers = this.#running.length === 0 ? this.#state.slice() : this.#state;
    numbers[NEWEST] = this.#newest;
    numbers[TESTS] = tests[this.#row] ?? NO_TESTS;
    return numbers;
  }

  /** A late value may stand in the place of the newest one, or of the one before the batch: their flags are its own. */
  #replace(row: number, time: Instant): void {
    if (time === this.#newest) this.#row = row;
    if (time === this.change?.observedAt) this.change = undefined;
  }

  /** The time of the value before, as the tests see it. What is out of reach or was judged by other parameters is forgotten. */
  #before(time: Instant, newest: Instant): Instant {
    if (this.#until === Number.NEGATIVE_INFINITY) this.#open(newest === 0 ? time : newest);
    const isOther = time < this.#from || time >= this.#until;
    if (newest !== 0 && !isOther && time - newest <= this.#reach) return newest;
    if (isOther) this.#open(time);
    this.#state.fill(0, HEAD);
    if (newest === 0) this.#state[FIRST] = time;
    return newest === 0 ? Number.NaN : Number.NEGATIVE_INFINITY;
  }

  /** Opens the checks in force at a time, on a copy of the numbers. */
  #open(time: Instant): void {
    const { placed, reach, width, from, until } = testsFor(this.#series, this.#versions, time);
    const state = new Float64Array(width);
    state.set(this.#state.subarray(0, width));
    this.#state = state;
    this.#from = from;
    this.#until = until;
    this.#reach = reach;
    this.#running = placed.map((one) => ({ ...one, state: state.subarray(one.from, one.to) }));
  }

  #judgeBefore(observedAt: Instant, shift: number, flag: Flag, flags: Flags): void {
    if (this.#isReplaced) return;
    if (this.#row !== -1) {
      flags.note(this.#row, shift, flag);
      return;
    }
    const known = this.#state[TESTS] ?? NO_TESTS;
    const tests = packedWith(this.change?.tests ?? known, shift, flag);
    if (tests !== known) this.change = { observedAt, tests, before: known };
  }
}

/** The reach of the checks of a series under all parameters that are in force at some time, in milliseconds. */
export const reachOf = (series: CheckedSeries, versions: readonly QualityVersion[]): number => {
  const { station, family, property } = series;
  const times = [Number.NEGATIVE_INFINITY, ...versions.map(({ from }) => from)];
  const reaches = times.flatMap((at) => {
    const { tests } = testsAt(versions, { station: station.id, family, property }, at);
    return SERIES_CHECKS.map((check: SeriesCheck) => check.of(series, tests)?.reach ?? 0);
  });
  return Math.max(LEAST_REACH.ms, ...reaches);
};

/** A stored value of a series. */
export interface CourseValue {
  readonly observedAt: Instant;
  readonly value: number;
  /** The flags of all tests, packed. */
  readonly tests: number;
}

/** The flags of values that were found anew, where they differ, and the numbers of the series behind the last value. */
export interface NewCourse {
  readonly changes: readonly FlagChange[];
  readonly numbers: Float64Array | undefined;
}

/** The numbers of a series of which only the time of its first value is known. */
const begun = (first: Instant): Float64Array => {
  const numbers = new Float64Array(HEAD);
  numbers[NEWEST] = numbers[FIRST] = first;
  return numbers;
};

/** The numbers with another time of the first value, where that is earlier. */
const withFirst = (numbers: Float64Array, time: Instant): Float64Array => {
  const earlier = numbers.slice();
  earlier[FIRST] = Math.min(numbers[FIRST] ?? time, time);
  return earlier;
};

/** Times of the first and of the last value of some. */
interface TimeSpan {
  readonly from: Instant;
  readonly to: Instant;
}

/** The values whose flags late values can change. */
export interface Affected {
  readonly late: TimeSpan;
  /** The last time; the first is that of the value before the first late one, which has another neighbour now. */
  readonly until: Instant;
  /** The values that have to be read for it. */
  readonly read: TimeSpan;
}

/**
 * The span of values whose flags late values can change.
 * @param late times of the first and of the last of them
 */
export const affectedBy = (late: Affected['late'], reach: number, known: Float64Array | undefined): Affected => {
  // what was the first value has one before it now
  const until = Math.max(late.to + reach, known?.[FIRST] ?? 0);
  return { late, until, read: { from: late.from - 2 * reach, to: until + 2 * reach } };
};

/**
 * Finds the flags of a span of a series anew, as live values would have had them.
 * @param values all of `affected.read`, in the order of their times
 * @param known the numbers of the series now
 */
export const requalifyCourse = (
  { series, versions }: { readonly series: CheckedSeries; readonly versions: readonly QualityVersion[] },
  values: readonly CourseValue[],
  known: Float64Array | undefined,
  { late: { from }, until }: Affected,
): NewCourse => {
  const [oldest, newest] = [values[0]?.observedAt, values.at(-1)?.observedAt];
  if (oldest === undefined || newest === undefined) return { changes: [], numbers: undefined };
  const first = known?.[FIRST] ?? oldest;
  const run = new SeriesRun(series, versions, first < oldest ? begun(first) : undefined);
  const flags = new Flags(Int32Array.from(values, ({ tests }) => packedWithout(tests, SERIES_SHIFTS)));
  for (const [row, { observedAt, value }] of values.entries()) run.take(row, observedAt, value, flags);
  const begin = Math.max(
    values.findLastIndex(({ observedAt }) => observedAt < from),
    0,
  );
  const changes = values.slice(begin).flatMap(({ observedAt, tests: before }, i) => {
    const tests = flags.tests[begin + i] ?? before;
    return tests === before || observedAt > until ? [] : [{ observedAt, tests, before }];
  });
  const numbers = newest >= (newestOf(known) ?? newest) ? run.end(flags) : known;
  return { changes, numbers: numbers === undefined ? undefined : withFirst(numbers, Math.min(first, oldest)) };
};
