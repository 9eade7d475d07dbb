import { z } from 'zod';
import { bytesSetting, durationSetting } from '#model/base/setting.ts';

/** A rate in a second below this could not be kept by pauses that stay below a keepalive. */
const LEAST_MESSAGES = 50;
const LEAST_BYTES = 64 * 1_024;

/** Rate of one sender in a second, and the time for which an unused share of it is saved up. */
export const RateSettings = z.strictObject({
  /** Packets of a device or gateway, over all of its connections; more is read later. */
  messagesPerSecond: z.int().min(LEAST_MESSAGES).prefault(5_000),
  bytesPerSecond: bytesSetting.pipe(z.number().min(LEAST_BYTES)).prefault('10MiB'),
  /** Time for which a device may send at twice its rate before it is slowed down. */
  burst: durationSetting.prefault('2m'),
});
export type RateSettings = z.infer<typeof RateSettings>;
