import type { Clock } from '#model/base/clock.ts';
import { days, type Duration, minutes, seconds } from '#model/base/duration.ts';
import { isOutage } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import { type Periodic, startPeriodic } from '#model/base/periodic.ts';
import { FLAG } from '#model/readings/flag.ts';
import { worstIn } from '#model/quality/quality-tests.ts';
import type { QualityVersion } from '#model/quality/quality-versions.ts';
import type { LateSeries } from '#storage/operations/quality.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { Store } from '#storage/readings/store.ts';
import type { Qualifier } from './qualify/qualifier.ts';
import { checkedSeries } from './qualify/qualify.ts';
import { affectedBy, type CourseValue, reachOf, requalifyCourse } from './qualify/series-run.ts';

/** Late values often come many at a time: their series waits until none has come for so long. */
const QUIET: Duration = seconds(5);
/** A series whose late values do not end is taken after this. */
const LONGEST_WAIT: Duration = minutes(5);
const EVERY: Duration = seconds(2);
/** The longest span of late values that is taken at once. */
const LONGEST_SPAN: Duration = days(30);
/** A code for a missing value is no part of the course of a series. */
const WITH_VALUE = Object.values(FLAG).filter((flag) => flag !== FLAG.MISSING);

export interface RequalifierDeps {
  readonly clock: Clock;
  /** Tells how long ago late values were noted. */
  readonly trustedClock: Pick<Clock, 'now'>;
  readonly operations: Pick<Operations, 'lateSeries' | 'commitRequalified' | 'registry'>;
  readonly store: Pick<Store, 'read' | 'requalify'>;
  readonly qualifier: Qualifier;
  readonly versions: () => readonly QualityVersion[];
  /** Runs something while the storing reader stands between two batches. */
  readonly between: <T>(call: () => Promise<T>) => Promise<T>;
  readonly signal: AbortSignal;
}

/** The values of a series within a span, both ends included. */
const valuesOf = async (
  { store, signal }: Pick<RequalifierDeps, 'store' | 'signal'>,
  { station, device, family, property }: LateSeries,
  { from, to }: { readonly from: Instant; readonly to: Instant },
): Promise<readonly CourseValue[]> => {
  const query = { station, family, property, from, to: to + 1, flags: WITH_VALUE, after: undefined, limit: undefined };
  const pages = await Array.fromAsync(store.read(query, signal));
  return pages.flatMap((page) => page.filter((row) => row.device === device));
};

/** Finds the flags around the late values of one series anew, and writes those that differ. */
const requalify = async (late: LateSeries, deps: Omit<RequalifierDeps, 'clock'>): Promise<void> => {
  const { operations, store, qualifier, versions, signal } = deps;
  const series = checkedSeries(late, operations.registry());
  if (series === undefined) return operations.commitRequalified(late, undefined, { numbers: undefined, changes: [] });
  const to = Math.min(late.to, late.from + LONGEST_SPAN.ms);
  const known = qualifier.numbersOf(late);
  const affected = affectedBy({ from: late.from, to }, reachOf(series, versions()), known);
  const values = await valuesOf(deps, late, affected.read);
  const { changes, numbers } = requalifyCourse({ series, versions: versions() }, values, known, affected);
  const { station, device, family, property } = late;
  const changed = changes.map(({ observedAt, tests }) => ({
    station,
    device,
    family,
    property,
    observedAt,
    tests,
    flag: worstIn(tests),
  }));
  await store.requalify(changed, signal);
  const others = changes.filter(({ tests, before }) => worstIn(tests) !== worstIn(before));
  const [first, last] = [others[0], others.at(-1)];
  const span = first === undefined || last === undefined ? [] : [{ from: first.observedAt, to: last.observedAt }];
  const at = Math.floor(deps.trustedClock.now());
  await operations.commitRequalified(late, to < late.to ? to : undefined, {
    numbers,
    changes: span.map((one) => ({ station, device, property, at, ...one })),
  });
  if (numbers !== undefined) qualifier.committed([{ series: { station, device, family, property }, numbers }]);
};

/** Takes the series with late values that are due, each between two batches of the storing reader. */
export const requalifyDue = async (deps: Omit<RequalifierDeps, 'clock'>): Promise<void> => {
  const { trustedClock, operations, between, signal } = deps;
  const now = trustedClock.now();
  for (const late of operations.lateSeries(now - QUIET.ms, now - LONGEST_WAIT.ms)) {
    if (signal.aborted) return;
    await between(() => requalify(late, deps));
  }
};

/**
 * Qualifies values again that came late, and the values around them, so that they have the flags that live values would have
 * had.
 */
export const startRequalifier = (deps: Omit<RequalifierDeps, 'signal'>): Periodic =>
  startPeriodic(deps.clock, async (signal) => {
    try {
      await requalifyDue({ ...deps, signal });
    } catch (error) {
      // what is left stays noted
      if (!isOutage(error)) throw error;
    }
    return EVERY;
  });
