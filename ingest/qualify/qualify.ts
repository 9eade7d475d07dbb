import type { Batch, Classified } from '#ingest/batch.ts';
import { familyNamed } from '#model/families/index.ts';
import type { QualifiedColumns, ReadingColumns, Series } from '#model/readings/columns.ts';
import { FLAG } from '#model/readings/flag.ts';
import type { Registry } from '#model/registry/registry.ts';
import { type CheckedSeries, Flags } from './check.ts';
import { CHECKS } from './checks/index.ts';

/** A series with its definitions; undefined where its station or its family is not known. */
export const checkedSeries = (
  { station, family, property }: Series,
  registry: Pick<Registry, 'stations'>,
): CheckedSeries | undefined => {
  const [at, of] = [registry.stations.get(station), familyNamed(family)];
  return at === undefined || of === undefined ? undefined : { station: at, family: of, property };
};

/** The columns with no value where the device sent a code for a missing one, so that no check counts the code. */
const withoutCodes = (readings: ReadingColumns): ReadingColumns =>
  readings.missing.includes(1)
    ? { ...readings, value: readings.value.map((value, row) => (readings.missing[row] === 1 ? Number.NaN : value)) }
    : readings;

/** Readings with the flags of those tests that look at one observation, and the definitions of their series. */
export interface Looked {
  readonly flags: Flags;
  readonly series: readonly (CheckedSeries | undefined)[];
}

/** The part of a batch that says what its readings belong to. */
export type QualifyContext = Pick<Batch, 'observations' | 'registry'>;

/** Runs the checks of single observations. */
const lookAt = (readings: ReadingColumns, { observations, registry }: QualifyContext): Looked => {
  const series = readings.seriesTable.map((one) => checkedSeries(one, registry));
  const flags = new Flags(new Int32Array(readings.length));
  const checked = { readings: withoutCodes(readings), start: observations.start, series };
  for (const check of CHECKS) check.flag(checked, flags);
  for (let row = readings.missing.indexOf(1); row !== -1; row = readings.missing.indexOf(1, row + 1)) flags.clear(row);
  return { flags, series };
};

/** Readings that both readers take are looked at once: columns are never changed. */
const looked = new WeakMap<ReadingColumns, Looked>();

/** Runs the checks of single observations, once for both readers. */
export const lookedAt = (readings: ReadingColumns, context: QualifyContext): Looked => {
  let known = looked.get(readings);
  if (known === undefined) looked.set(readings, (known = lookAt(readings, context)));
  return known;
};

/** Readings with the worst flag of each, MISSING for a code, and with the flag of each test. */
export const withFlags = (readings: ReadingColumns, flags: Flags): QualifiedColumns => {
  const flag = flags.worst();
  for (let row = readings.missing.indexOf(1); row !== -1; row = readings.missing.indexOf(1, row + 1))
    flag[row] = FLAG.MISSING;
  return { ...readings, flag, tests: flags.tests };
};

/** Qualification of a batch by single observations. */
export const qualifyBatch = (batch: Batch): Batch<QualifiedColumns> => ({
  ...batch,
  readings: withFlags(batch.readings, lookedAt(batch.readings, batch).flags),
});

/** Qualification of classified readings, which stand in the order of their batch, by single observations. */
export const qualifyClassified = (context: QualifyContext, classified: Classified<ReadingColumns>): Classified => ({
  ...classified,
  readings: withFlags(classified.readings, lookedAt(classified.readings, context).flags),
});
