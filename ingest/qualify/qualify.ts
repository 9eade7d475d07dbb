import type { Batch, Classified } from '#ingest/batch.ts';
import { familyNamed } from '#model/families/index.ts';
import type { QualifiedColumns, ReadingColumns, Series } from '#model/readings/columns.ts';
import type { Registry } from '#model/registry/registry.ts';
import { type Check, type CheckedSeries, Flags } from './check.ts';
import { CHECKS } from './checks/index.ts';

const checkedSeries = ({ station, family, property }: Series, registry: Registry): CheckedSeries | undefined => {
  const [at, of] = [registry.stations.get(station), familyNamed(family)];
  return at === undefined || of === undefined ? undefined : { station: at, family: of, property };
};

/** Gives every reading its flag, the worst that a check finds, and the flag of each check. */
const qualify = (
  readings: ReadingColumns,
  start: Int32Array,
  registry: Registry,
  checks: readonly Check[] = CHECKS,
): QualifiedColumns => {
  const series = readings.seriesTable.map((one) => checkedSeries(one, registry));
  const flags = new Flags(readings.length);
  for (const check of checks) check.flag({ readings, start, series }, flags);
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
