import { z } from 'zod';
import { Secret } from '#model/base/secret.ts';
import { durationSetting } from '#model/base/setting.ts';
import { retentionSetting } from '#storage/readings/retention-setting.ts';

const secretSetting = z.string().transform((text) => new Secret(text));

/** `store:` in `klawing.yaml` for InfluxDB 1.x, 2.x and 3. */
export const InfluxSettings = z.strictObject({
  kind: z.literal('influx'),
  url: z.url().prefault('http://127.0.0.1:8086'),
  /** Of InfluxDB 2.x and 3. */
  token: secretSetting.optional(),
  /** Of InfluxDB 1.x, sent as HTTP Basic: 1.6 refuses a token. */
  user: z.string().optional(),
  password: secretSetting.optional(),
  org: z.string().prefault('klawing'),
  /** The bucket; for 1.x the database, or `database/retention-policy`. */
  bucket: z.string().min(1).prefault('klawing'),
  /** `/api/v2/write`, or `/write` for 1.x and 3. */
  writePath: z.string().startsWith('/').prefault('/api/v2/write'),
  /** With `/write`, a database that is missing is created. */
  createDatabase: z.boolean().prefault(true),
  /** Limit for one request. */
  timeout: durationSetting.prefault('10s'),
  /** The retention of the bucket, which the server keeps by itself: older readings are expected by nobody. */
  retention: retentionSetting.optional(),
});
export type InfluxSettings = z.infer<typeof InfluxSettings>;
