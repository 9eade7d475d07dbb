import { z } from 'zod';
import { bytesSetting, durationSetting } from '#model/base/setting.ts';

/** A rate in a second below this could not be kept by pauses that stay below a keepalive. */
const LEAST_MESSAGES = 50;
const LEAST_BYTES = 64 * 1_024;

/** Rate of one sender in a second, and the time for which an unused share of it is saved up. */
export const RateSettings = z.strictObject({
  messagesPerSecond: z
    .int()
    .min(LEAST_MESSAGES)
    .prefault(5_000)
    .describe('Messages per second of a device or gateway, over MQTT and HTTP. Further ones are read later.'),
  bytesPerSecond: bytesSetting
    .pipe(z.number().min(LEAST_BYTES))
    .prefault('10MiB')
    .describe('Bytes per second of a device or gateway.'),
  burst: durationSetting
    .prefault('2m')
    .describe('Time for which a device may send at twice its rate before it is slowed down.'),
});
export type RateSettings = z.infer<typeof RateSettings>;
