import { readingAt } from '#model/readings/columns.ts';
import { keyOf, type ReadingKey, type StoreBatch, type StoredValue } from '#storage/readings/store.ts';
import { Int64Column, type RowColumns, type WantedColumns } from './append.ts';
import type { DatabaseSession } from './database.ts';
import { requalifyRows } from './requalify.ts';
import type { SeriesIds } from './series-ids.ts';
import { column, MICROSECONDS, numberOf, sqlTime, timedByOf, timeSpan } from './sql.ts';

const deleteRevised = (low: number, high: number): string => `
  DELETE FROM reading_row USING temp.wanted old
  WHERE reading_row.series = old.series AND reading_row.observed_at = old.observed_at
    AND reading_row.observed_at BETWEEN ${sqlTime(low)} AND ${sqlTime(high)}
`;

/** The columns of a batch as the table has them; those that are the same are taken as they are. */
const rowColumns = ({ readings }: StoreBatch, ids: SeriesIds, journal: number): RowColumns => {
  const { length } = readings;
  const idOf = readings.seriesTable.map((series) => ids.of(series));
  const columns: RowColumns = {
    observedAt: new Int64Column(length),
    series: new Int32Array(length),
    value: readings.value,
    flag: readings.flag,
    receivedAt: new Int64Column(length),
    journal: new Int16Array(length).fill(journal),
    sequence: new Int64Column(length),
    timedBy: readings.timedBy,
    tests: readings.tests,
  };
  for (let row = 0; row < length; row += 1) {
    columns.observedAt.set(row, (readings.observedAt[row] ?? 0) * MICROSECONDS);
    columns.series[row] = idOf[readings.series[row] ?? -1] ?? -1;
    columns.receivedAt.set(row, (readings.receivedAt[row] ?? 0) * MICROSECONDS);
    columns.sequence.set(row, readings.sequence[row] ?? 0);
  }
  return columns;
};

/** The keys as rows of `wanted`, with all series that the property of the device has had: no statement reads all series. */
const wantedColumns = (keys: readonly ReadingKey[], ids: SeriesIds): WantedColumns => {
  const series = keys.map((key) => ids.ofDevice(key));
  const length = series.reduce((sum, { length: each }) => sum + each, 0);
  const columns: WantedColumns = {
    series: new Int32Array(length),
    observedAt: new Int64Column(length),
    position: new Int32Array(length),
  };
  let row = 0;
  for (const [position, key] of keys.entries()) {
    for (const id of series[position] ?? []) {
      columns.series[row] = id;
      columns.observedAt.set(row, key.observedAt * MICROSECONDS);
      columns.position[row] = position;
      row += 1;
    }
  }
  return columns;
};

/** Brings a batch into the table in one transaction; when it resolves, the write-ahead log is synced. */
export const writeBatch = async ({ connection, ids, rows }: DatabaseSession, batch: StoreBatch): Promise<void> => {
  await connection.run('BEGIN TRANSACTION');
  const journal = await ids.ofJournal(batch.journal);
  if (batch.isRepeat) {
    const { from, to } = batch;
    await connection.run(
      `DELETE FROM reading_row WHERE journal = ${numberOf(journal)} AND sequence BETWEEN ${numberOf(from)} AND ${numberOf(to)}`,
    );
  }
  const columns = rowColumns(batch, ids, journal);
  if (batch.revised.size > 0) {
    const revised = Array.from(batch.revised, (row) => readingAt(batch.readings, row));
    await rows.wanted(wantedColumns(revised, ids));
    await connection.run(deleteRevised(...timeSpan(revised)));
  }
  await ids.save();
  await rows.rows(columns);
  await requalifyRows({ connection, ids, rows }, batch.requalified ?? []);
  await connection.run('COMMIT');
};

/** The values that the table holds under the keys, found by one join within their span of time. */
export const lookUpKeys = async (
  { connection, ids, rows }: DatabaseSession,
  keys: readonly ReadingKey[],
): Promise<ReadonlyMap<string, StoredValue>> => {
  const wanted = wantedColumns(keys, ids);
  if (wanted.series.length === 0) return new Map();
  await rows.wanted(wanted);
  const [low, high] = timeSpan(keys);
  const result = await connection.run(`
    SELECT position, value, timed_by
    FROM reading_row JOIN temp.wanted USING (series, observed_at)
    WHERE reading_row.observed_at BETWEEN ${sqlTime(low)} AND ${sqlTime(high)}
  `);
  const found = new Map<string, StoredValue>();
  for (const chunk of await result.fetchAllChunks()) {
    const [values, sources] = [column(chunk, 1, 'number'), column(chunk, 2, 'number')];
    for (const [row, position] of column(chunk, 0, 'number').entries()) {
      const [key, value] = [keys[position], values[row]];
      if (key !== undefined && value !== undefined) found.set(keyOf(key), { value, timedBy: timedByOf(sources[row]) });
    }
  }
  return found;
};
