import { z } from 'zod';
import { bytesSetting, durationSetting } from '#model/base/setting.ts';

/** `api.limits:` in `klawing.yaml`: bounds of one client. The rate of a device is that of `broker.limits`. */
export const ApiLimitSettings = z.strictObject({
  /** Connections at one time: total, and from one address (IPv6: one /64). */
  connections: z.int().positive().prefault(10_000),
  connectionsPerAddress: z.int().positive().prefault(1_000),
  /** New connections per second: total, and from one address; and the time for which an unused share is saved. */
  newPerSecond: z.number().positive().prefault(500),
  newPerSecondPerAddress: z.number().positive().prefault(100),
  newBurst: durationSetting.prefault('10s'),
  /** Time for the header of each request. */
  headersTimeout: durationSetting.prefault('10s'),
  /** Idle time between two requests. */
  keepAliveTimeout: durationSetting.prefault('72s'),
  /** Requests of one connection; then it is closed after the answer. */
  requestsPerSocket: z.int().positive().prefault(10_000),
  /** Posts of readings under way at one time: of one device, and total with their bytes. */
  postsPerDevice: z.int().positive().prefault(16),
  posts: z.int().positive().max(384).prefault(256),
  postBytes: bytesSetting.prefault('64MiB'),
  /** Time that a post may wait until its device is within its rate again. */
  postWait: durationSetting.prefault('5s'),
});
export type ApiLimitSettings = z.infer<typeof ApiLimitSettings>;
