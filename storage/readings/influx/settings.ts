import { z } from 'zod';
import { Secret } from '#model/base/secret.ts';
import { durationSetting } from '#model/base/setting.ts';
import { retentionSetting } from '#storage/readings/retention-setting.ts';

const secretSetting = z.string().transform((text) => new Secret(text));

/** `store:` in `klawing.yaml` for InfluxDB 1.x, 2.x and 3. */
export const InfluxSettings = z.strictObject({
  kind: z.literal('influx'),
  url: z.url().prefault('http://127.0.0.1:8086').describe('Address of InfluxDB.'),
  token: secretSetting.optional().meta({ description: 'Token of InfluxDB 2.x and 3.', examples: ['the-token'] }),
  org: z.string().prefault('klawing').describe('Organisation of InfluxDB 2.x.'),
  bucket: z
    .string()
    .min(1)
    .prefault('klawing')
    .describe('Bucket of InfluxDB; for 1.x the database, or database/retention-policy.'),
  writePath: z
    .string()
    .startsWith('/')
    .prefault('/api/v2/write')
    .describe('Path for writing to InfluxDB: /api/v2/write, or /write for 1.x and 3.'),
  createDatabase: z.boolean().prefault(true).describe('Creates a missing database of InfluxDB 1.x, with /write.'),
  user: z
    .string()
    .optional()
    .meta({ description: 'User name of InfluxDB 1.x.', examples: ['klawing'] }),
  password: secretSetting.optional().meta({ description: 'Password of InfluxDB 1.x.', examples: ['the-password'] }),
  timeout: durationSetting.prefault('10s').describe('Time limit for one request to InfluxDB.'),
  retention: retentionSetting.optional().meta({
    description:
      'Retention that the bucket of InfluxDB has on the server, 30d or more, so that the ledger expects nothing older.',
    examples: ['730d'],
  }),
});
export type InfluxSettings = z.infer<typeof InfluxSettings>;
