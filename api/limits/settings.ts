import { z } from 'zod';
import { bytesSetting, durationSetting } from '#model/base/setting.ts';

/** `api.limits:` in `klawing.yaml`: what one client may take from the others. A device's rate is that of `broker.limits`. */
export const ApiLimitSettings = z.strictObject({
  /** Connections at one time: in all, and from one address (IPv6: one /64). */
  connections: z.int().positive().prefault(10_000),
  connectionsPerAddress: z.int().positive().prefault(1_000),
  /** New connections in a second, and for how long an unused share of both is saved up. */
  newPerSecond: z.number().positive().prefault(500),
  newPerSecondPerAddress: z.number().positive().prefault(100),
  newBurst: durationSetting.prefault('10s'),
  /** How long a connection may take until the header of its first request is there, and that of each further one. */
  headersTimeout: durationSetting.prefault('10s'),
  /** How long a connection may say nothing between two requests. */
  keepAliveTimeout: durationSetting.prefault('72s'),
  /** Requests of one connection; then it is closed behind the answer. */
  requestsPerSocket: z.int().positive().prefault(10_000),
  /** Posts of readings under way at one time: of one device, and in all with their bytes. */
  postsPerDevice: z.int().positive().prefault(16),
  posts: z.int().positive().max(384).prefault(256),
  postBytes: bytesSetting.prefault('64MiB'),
  /** How long a post may wait until its device is within its rate again. */
  postWait: durationSetting.prefault('5s'),
});
export type ApiLimitSettings = z.infer<typeof ApiLimitSettings>;
