import { z } from 'zod';
import { bytesSetting } from '#model/base/setting.ts';
import { retentionSetting } from '#storage/readings/retention-setting.ts';

/** `store:` in `klawing.yaml` for the embedded store. */
export const DuckDbSettings = z.strictObject({
  kind: z.literal('duckdb'),
  /** Memory that DuckDB may use before it spills to disk beside its file. */
  memoryLimit: bytesSetting.prefault('128MiB'),
  /** Threads of one statement. Every statement runs beside the main thread, whatever this says. */
  threads: z.int().min(1).max(16).prefault(1),
  /** Size of the write-ahead log at which it is worked into the file. */
  checkpointThreshold: bytesSetting.prefault('64MiB'),
  /** Time for which readings are stored after they were observed; unlimited when absent. */
  retention: retentionSetting.optional(),
});
export type DuckDbSettings = z.infer<typeof DuckDbSettings>;
