import { z } from 'zod';
import { RateSettings } from '#model/limits/rates.ts';
import { bytesSetting, durationSetting } from '#model/base/setting.ts';

/** `broker.limits:` in `klawing.yaml`: limits that protect the senders from each other. */
export const LimitSettings = z.strictObject({
  /** Concurrent connections of one address (IPv6: of one /64). */
  connectionsPerAddress: z.int().positive().prefault(5_000),
  /** New sockets per second, before TLS: of one address, and in total. */
  newPerSecondPerAddress: z.number().positive().prefault(100),
  newPerSecond: z.number().positive().prefault(1_000),
  /** Burst of new sockets, as a duration of the rate above. */
  newBurst: durationSetting.prefault('10s'),
  /** Does not count the connections of loopback by address, because a proxy may use it for all clients. */
  exemptLoopback: z.boolean().prefault(true),
  clientIdBytes: z.int().positive().prefault(512),
  topicBytes: z.int().positive().prefault(1_024),
  topicLevels: z.int().positive().prefault(10),
  /** Largest CONNECT: it has room for a will, a user name and a secret, and comes from an unknown client. */
  connectBytes: bytesSetting.prefault('64KiB'),
  /** Concurrent connections of one device, of one gateway, or of the operator. */
  connectionsPerIdentity: z.int().positive().prefault(16),
  /** Time limit from the first to the last byte of a packet. */
  packetTimeout: durationSetting.prefault('2m'),
  /** Subscriptions of one connection. */
  filtersPerConnection: z.int().positive().prefault(64),
  /** Packet ids of QoS 2 that may wait for their PUBREL: of one client, whose window is usually 20, and in total. */
  releasesPerClient: z.int().positive().prefault(500),
  releasesTotal: z.int().positive().prefault(100_000),
  /** Shortest keepalive; not applied with access `open`. */
  keepaliveLeast: durationSetting.prefault('5s'),
  /** Longest keepalive, also for a client without one. */
  keepaliveMost: durationSetting.prefault('12h'),
  ...RateSettings.shape,
  /** Memory of packets that wait for the disk, and of unfinished packets up to a third. Above it, reading stops. */
  inFlightBytes: bytesSetting.prefault('48MiB'),
  /** Largest retained message. It stays in memory; a status is a word or a small object. */
  retainedMessageBytes: bytesSetting.prefault('4KiB'),
  /** Retained messages in total. */
  retainedMessages: z.int().positive().prefault(100_000),
  retainedBytes: bytesSetting.prefault('64MiB'),
});
export type LimitSettings = z.infer<typeof LimitSettings>;
