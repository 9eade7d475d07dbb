import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkFormat } from '#runtime/data-folder.ts';
import type { StoreShape } from '#backup/compatible.ts';
import { refuseUnreleased, SCHEMA_VERSION, versionInHeader } from '#storage/operations/sqlite/migrate.ts';
import { READINGS_SCHEMA, versionOfFile } from '#storage/readings/duckdb/schema.ts';
import { readIdentity } from '#journal/format/identity.ts';

/**
 * Versions of the databases in a backup, which stays unchanged.
 * @throws Fault `STORE_FAILED` when the readings cannot be read, `DATA_NEWER` when layout, journal or DuckDB's own format
 * are newer than this program, `DATA_OLDER` when the backup is from before the first release
 */
export const backupShapes = async (folder: string): Promise<readonly StoreShape[]> => {
  checkFormat(folder);
  await readIdentity(join(folder, 'journal'));
  const [operations, readings] = ['operations.db', 'readings.duckdb'];
  const version = versionInHeader(join(folder, operations));
  refuseUnreleased(join(folder, operations), version);
  const shapes = [{ path: operations, version, known: SCHEMA_VERSION }];
  const path = join(folder, readings);
  if (!existsSync(path)) return shapes;
  return [...shapes, { path: readings, version: await versionOfFile(path), known: READINGS_SCHEMA }];
};
