import { z } from 'zod';
import { RateSettings } from '#model/limits/rates.ts';
import { bytesSetting, durationSetting } from '#model/base/setting.ts';

/** `broker.limits:` in `klawing.yaml`: what one sender may take from the others. */
export const LimitSettings = z.strictObject({
  /** Connections at one time from one address (IPv6: one /64). */
  connectionsPerAddress: z.int().positive().prefault(5_000),
  /** New sockets in a second, before TLS: from one address, and in all. */
  newPerSecondPerAddress: z.number().positive().prefault(100),
  newPerSecond: z.number().positive().prefault(1_000),
  /** How many seconds' worth of new sockets may come at once. */
  newBurst: durationSetting.prefault('10s'),
  /** Connections of loopback, where a proxy may stand for everyone, are not counted by their address. */
  exemptLoopback: z.boolean().prefault(true),
  clientIdBytes: z.int().positive().prefault(512),
  topicBytes: z.int().positive().prefault(1_024),
  topicLevels: z.int().positive().prefault(10),
  /** A CONNECT: room for a will, user name and secret, and little to hold for someone not yet known. */
  connectBytes: bytesSetting.prefault('64KiB'),
  /** Connections of one device or gateway, or of the operator, at one time. */
  connectionsPerIdentity: z.int().positive().prefault(16),
  /** How long a packet may take from its first byte to its last. */
  packetTimeout: durationSetting.prefault('2m'),
  /** Filters of one connection at a time. */
  filtersPerConnection: z.int().positive().prefault(64),
  /** Packet ids of QoS 2 that may wait for their PUBREL: of a client, whose window is 20 as a rule, and in all. */
  releasesPerClient: z.int().positive().prefault(500),
  releasesInAll: z.int().positive().prefault(100_000),
  /** Keepalive of a client that asks for a shorter one; with access `open` each has what it asks for. */
  keepaliveLeast: durationSetting.prefault('5s'),
  /** Keepalive of a client that asks for a longer one, or for none. */
  keepaliveMost: durationSetting.prefault('12h'),
  ...RateSettings.shape,
  /** Memory of what waits for the disk, and of unfinished packets up to a third, from which on nothing more is read. */
  inFlightBytes: bytesSetting.prefault('48MiB'),
  /** A retained message, which stays in memory; a status is a word or a small object. */
  retainedMessageBytes: bytesSetting.prefault('4KiB'),
  /** Retained messages of all topics together. */
  retainedMessages: z.int().positive().prefault(100_000),
  retainedBytes: bytesSetting.prefault('64MiB'),
});
export type LimitSettings = z.infer<typeof LimitSettings>;
