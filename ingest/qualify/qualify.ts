import type { Batch, Classified } from '#ingest/batch.ts';
import { familyNamed } from '#model/families/index.ts';
import type { QualifiedColumns, ReadingColumns, Series } from '#model/readings/columns.ts';
import { FLAG } from '#model/readings/flag.ts';
import type { Registry } from '#model/registry/registry.ts';
import { type Check, type CheckedSeries, Flags } from './check.ts';
import { CHECKS } from './checks/index.ts';

const checkedSeries = ({ station, family, property }: Series, registry: Registry): CheckedSeries | undefined => {
  const [at, of] = [registry.stations.get(station), familyNamed(family)];
  return at === undefined || of === undefined ? undefined : { station: at, family: of, property };
};

/** The columns with no value where the device sent a code for a missing one, so that no check counts the code. */
const withoutCodes = (readings: ReadingColumns): ReadingColumns =>
  readings.missing.includes(1)
    ? { ...readings, value: readings.value.map((value, row) => (readings.missing[row] === 1 ? Number.NaN : value)) }
    : readings;

/** Gives every reading its flag, MISSING for a code and else the worst that a check finds, and the flag of each check. */
const qualify = (
  readings: ReadingColumns,
  start: Int32Array,
  registry: Registry,
  checks: readonly Check[] = CHECKS,
): QualifiedColumns => {
  const series = readings.seriesTable.map((one) => checkedSeries(one, registry));
  const flags = new Flags(readings.length);
  const checked = { readings: withoutCodes(readings), start, series };
  for (const check of checks) check.flag(checked, flags);
  for (let row = readings.missing.indexOf(1); row !== -1; row = readings.missing.indexOf(1, row + 1))
    flags.column[row] = FLAG.MISSING;
  return { ...readings, flag: flags.column, tests: flags.tests };
};

/** Readings that both readers take are qualified once: columns are never changed. */
const qualified = new WeakMap<ReadingColumns, QualifiedColumns>();

const qualifiedOnce = (
  readings: ReadingColumns,
  { observations, registry }: Pick<Batch, 'observations' | 'registry'>,
): QualifiedColumns => {
  let known = qualified.get(readings);
  if (known === undefined) qualified.set(readings, (known = qualify(readings, observations.start, registry)));
  return known;
};

/** Qualification of the readings of a batch. */
export const qualifyBatch = (batch: Batch): Batch<QualifiedColumns> => ({
  ...batch,
  readings: qualifiedOnce(batch.readings, batch),
});

/** Qualification of classified readings, which stand in the order of their batch. */
export const qualifyClassified = (
  batch: Pick<Batch, 'observations' | 'registry'>,
  classified: Classified<ReadingColumns>,
): Classified => ({ ...classified, readings: qualifiedOnce(classified.readings, batch) });
