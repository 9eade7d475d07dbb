import { z } from 'zod';
import { InstantMember } from '#model/base/document.ts';
import { ORDER_NAME, OrderValue } from './command.ts';
import { type Duration, milliseconds } from '#model/base/duration.ts';
import { parseJson } from '#model/base/parse-json.ts';

/** Values beyond which a device is to report at once, where its firmware can. */
const Limits = z.record(
  z.string().min(1).max(64),
  z.strictObject({ min: z.number().optional(), max: z.number().optional() }),
);

/** Settings of a device. Its firmware decides about an absent member. */
export const DeviceConfig = z.strictObject({
  /** Seconds between two readings. */
  interval: z.number().min(1).max(86_400).optional(),
  limits: Limits.optional(),
  /** Words of this kind of firmware, passed on as they are. */
  settings: z.record(z.string().regex(ORDER_NAME), OrderValue).optional(),
});
export type DeviceConfig = z.infer<typeof DeviceConfig>;

/** A config as it was set. */
export const ConfigChange = z.object({
  device: z.string(),
  /** Counts up from 1 for each device. */
  revision: z.int(),
  at: InstantMember,
  /** The person who set it, as they said. */
  by: z.string().optional(),
  config: DeviceConfig,
});
export type ConfigChange = Readonly<z.infer<typeof ConfigChange>>;

/** Largest payload: the broker keeps it in memory, and a small device has to read it in one piece. */
export const CONFIG_BYTES = 4_096;

/** The retained payload under `v1/<device>/config`. */
export const configMessage = ({ revision, config }: Pick<ConfigChange, 'revision' | 'config'>): string =>
  JSON.stringify({ revision, ...config });

const ConfigMessage = z.object({ interval: z.number().min(1).max(86_400).optional() });

/** Interval of readings in a config, as firmware reads it; undefined where the config has none. */
export const readInterval = (payload: Uint8Array): Duration | undefined => {
  const { data } = ConfigMessage.safeParse(parseJson(Buffer.from(payload).toString('utf8')));
  return data?.interval === undefined ? undefined : milliseconds(data.interval * 1_000);
};
