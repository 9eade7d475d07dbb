import { z } from 'zod';
import { bytesSetting, sizeSetting } from '#model/base/setting.ts';
import { retentionSetting } from '#storage/readings/retention-setting.ts';

/** `store:` in `klawing.yaml` for the embedded store. */
export const DuckDbSettings = z.strictObject({
  kind: z.literal('duckdb'),
  memoryLimit: bytesSetting.prefault('128MiB').describe('Memory that DuckDB uses before it spills to disk.'),
  threads: z.int().min(1).max(16).prefault(1).describe('Threads of one statement of DuckDB, 1 to 16.'),
  checkpointThreshold: sizeSetting
    .prefault('64MiB')
    .describe('Size at which the write-ahead log of DuckDB is merged into its file.'),
  retention: retentionSetting.optional().meta({
    description:
      'Retention of readings in DuckDB after they were observed, 30d or more; unlimited without it. The file of DuckDB does not shrink, its free space is used again.',
    examples: ['730d'],
  }),
});
export type DuckDbSettings = z.infer<typeof DuckDbSettings>;
