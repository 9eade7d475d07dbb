import type { DuckDBConnection } from '@duckdb/node-api';
import { days } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { column, sqlTime } from './sql.ts';

/** Observed time that one step removes at most: a delete holds up the batches behind it. */
const STEP = days(1);

/** Removes the oldest day of what was observed before an instant; gives how many rows that were, 0 when none are left. */
export const forgetRows = async (connection: DuckDBConnection, before: Instant): Promise<number> => {
  const result = await connection.run(
    `SELECT epoch_ms(min(observed_at))::DOUBLE FROM reading_row WHERE observed_at < ${sqlTime(before)} HAVING count(*) > 0`,
  );
  const [chunk] = await result.fetchAllChunks();
  const oldest = chunk === undefined ? undefined : column(chunk, 0, 'number')[0];
  if (oldest === undefined) return 0;
  const until = Math.min(before, oldest + STEP.ms);
  const deleted = await connection.run(`DELETE FROM reading_row WHERE observed_at < ${sqlTime(until)}`);
  return deleted.rowsChanged;
};
