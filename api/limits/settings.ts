import { z } from 'zod';
import { durationSetting, sizeSetting, timerSetting } from '#model/base/setting.ts';

/** `api.limits:` in `klawing.yaml`. The rate of a device is that of `broker.limits`. */
export const ApiLimitSettings = z.strictObject({
  connections: z.int().positive().prefault(10_000).describe('Concurrent connections.'),
  connectionsPerAddress: z
    .int()
    .positive()
    .prefault(1_000)
    .describe('Concurrent connections of one address (IPv6: of one /64). Trusted proxies are not counted.'),
  newPerSecond: z.number().positive().prefault(500).describe('New connections per second in total.'),
  newPerSecondPerAddress: z.number().positive().prefault(100).describe('New connections per second of one address.'),
  newBurst: durationSetting
    .prefault('10s')
    .describe('Burst of new connections: the unused share of the two rates is saved for this time.'),
  headersTimeout: timerSetting
    .prefault('10s')
    .describe('Time limit for the header of a request, the first of a connection too.'),
  keepAliveTimeout: timerSetting
    .prefault('72s')
    .describe('Idle time between two requests of a connection. It has to be longer than that of a proxy in front.'),
  requestsPerSocket: z
    .int()
    .positive()
    .prefault(10_000)
    .describe('Requests of one connection. The last answer says "Connection: close".'),
  postsPerDevice: z.int().positive().prefault(16).describe('Concurrent posts of readings of one device.'),
  posts: z
    .int()
    .positive()
    .max(384)
    .prefault(256)
    .describe('Concurrent posts of readings of all devices, at most 384.'),
  postBytes: sizeSetting.prefault('64MiB').describe('Bytes of the bodies of these posts.'),
  postWait: durationSetting
    .prefault('5s')
    .describe('Time that a post may wait until its device is within its rate (broker.limits).'),
});
export type ApiLimitSettings = z.infer<typeof ApiLimitSettings>;
