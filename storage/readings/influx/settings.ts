import { z } from 'zod';
import { Secret } from '#model/base/secret.ts';
import { httpUrlSetting, refuseAll, timerSetting } from '#model/base/setting.ts';
import { retentionSetting } from '#storage/readings/retention-setting.ts';

const secretSetting = z
  .string()
  .min(1, 'it is empty; write the secret, or leave the setting out')
  .transform((text) => new Secret(text));

/** `store:` in `klawing.yaml` for InfluxDB 1.x, 2.x and 3. */
export const InfluxSettings = z
  .strictObject({
    kind: z.literal('influx'),
    url: httpUrlSetting.prefault('http://127.0.0.1:8086').describe('Address of InfluxDB.'),
    token: secretSetting.optional().meta({
      description: 'Token of InfluxDB 2.x and 3. It needs to write and read the bucket, and nothing else.',
      examples: ['the-token'],
    }),
    org: z.string().prefault('klawing').describe('Organisation of InfluxDB 2.x.'),
    bucket: z
      .string()
      .min(1)
      .prefault('klawing')
      .describe('Bucket of InfluxDB; for 1.x the database, or database/retention-policy.'),
    writePath: z
      .string()
      .startsWith('/', 'a path begins with "/"; write /api/v2/write, or /write for InfluxDB 1.x')
      .prefault('/api/v2/write')
      .describe('Path for writing to InfluxDB: /api/v2/write, or /write for 1.x and 3.'),
    createDatabase: z.boolean().prefault(true).describe('Creates a missing database of InfluxDB 1.x, with /write.'),
    user: z
      .string()
      .optional()
      .meta({
        description: 'User name of InfluxDB 1.x, or of a v1 account of 2.x (with writePath /write).',
        examples: ['klawing'],
      }),
    password: secretSetting.optional().meta({ description: 'Password of that user.', examples: ['the-password'] }),
    timeout: timerSetting.prefault('10s').describe('Time limit for one request to InfluxDB.'),
    retention: retentionSetting.optional().meta({
      description:
        'Retention that the bucket of InfluxDB has on the server, 30d or more, so that the ledger expects nothing older.',
      examples: ['730d'],
    }),
  })
  .superRefine(
    refuseAll(({ user, password }) => [
      user !== undefined && password === undefined
        ? ['password', 'a user of InfluxDB 1.x needs a password; set store.password (KLAWING_INFLUX_PASSWORD)']
        : undefined,
      user === undefined && password !== undefined
        ? ['user', 'a password needs its user; set store.user (KLAWING_INFLUX_USER)']
        : undefined,
      user?.includes(':') === true
        ? ['user', 'a user has no ":" in its name, which separates it from the password']
        : undefined,
    ]),
  );
export type InfluxSettings = z.infer<typeof InfluxSettings>;
