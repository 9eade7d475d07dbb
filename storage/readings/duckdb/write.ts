import type { Qualified } from '#model/readings/reading.ts';
import { keyOf, type ReadingKey, type StoreBatch, type StoredValue } from '#storage/readings/store.ts';
import type { DatabaseSession } from './database.ts';
import { column, numberOf, sqlTime, timedByOf, timeSpan } from './sql.ts';

const INSERT = `
  INSERT INTO reading
  SELECT epoch_ms(observed_at::BIGINT), station, device, family, property, value, flag, epoch_ms(received_at::BIGINT),
    $1, sequence::BIGINT, timed_by
  FROM temp.staged JOIN temp.series ON series = id
`;

const deleteRevised = (low: number, high: number): string => `
  DELETE FROM reading USING (
    SELECT device, property, epoch_ms(observed_at::BIGINT) AS observed_at
    FROM temp.staged JOIN temp.series ON series = id WHERE revised = 1) old
  WHERE reading.device = old.device AND reading.property = old.property AND reading.observed_at = old.observed_at
    AND reading.observed_at BETWEEN ${sqlTime(low)} AND ${sqlTime(high)}
`;

const revisedReadings = ({ readings, revised }: StoreBatch): readonly Qualified[] =>
  [...revised].flatMap((index) => readings[index] ?? []);

/** Brings a batch into the table in one transaction; when it resolves, the write-ahead log is synced. */
export const writeBatch = async ({ connection, staging }: DatabaseSession, batch: StoreBatch): Promise<void> => {
  const hasRevisions = batch.revised.size > 0;
  await staging.readings(batch.readings, batch.revised);
  await connection.run('BEGIN TRANSACTION');
  if (batch.isRepeat) {
    const { from, to } = batch;
    await connection.run(
      `DELETE FROM reading WHERE journal = $1 AND sequence BETWEEN ${numberOf(from)} AND ${numberOf(to)}`,
      [batch.journal],
    );
  }
  if (hasRevisions) {
    const [low, high] = timeSpan(revisedReadings(batch));
    await connection.run(deleteRevised(low, high));
  }
  await connection.run(INSERT, [batch.journal]);
  await connection.run('COMMIT');
};

/** The values that the table holds under the keys, found by one join within their span of time. */
export const lookUpKeys = async (
  { connection, staging }: DatabaseSession,
  keys: readonly ReadingKey[],
): Promise<ReadonlyMap<string, StoredValue>> => {
  await staging.keys(keys);
  const [low, high] = timeSpan(keys);
  const result = await connection.run(`
    SELECT position, value, timed_by
    FROM reading
    JOIN (SELECT position, device, property, epoch_ms(observed_at::BIGINT) AS observed_at
      FROM temp.wanted JOIN temp.series ON series = id) key USING (device, property, observed_at)
    WHERE reading.observed_at BETWEEN ${sqlTime(low)} AND ${sqlTime(high)}
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
