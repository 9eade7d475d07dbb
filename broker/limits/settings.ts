import { z } from 'zod';
import { bytesSetting, durationSetting } from '#model/setting.ts';

/** A rate in a second below this could not be kept by pauses that stay below a keepalive. */
const LEAST_MESSAGES = 50;
const LEAST_BYTES = 64 * 1_024;

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
  /** Keepalive of a client that asks for a longer one, or for none. */
  keepaliveMost: durationSetting.prefault('12h'),
  /** What a device or gateway may send in a second, over all of its connections; more is read later. */
  messagesPerSecond: z.int().min(LEAST_MESSAGES).prefault(5_000),
  bytesPerSecond: bytesSetting.pipe(z.number().min(LEAST_BYTES)).prefault('10MiB'),
  /** How long a device may send at twice its rate before it is slowed down. */
  burst: durationSetting.prefault('2m'),
  /** Bytes that wait for the disk, of all connections, from which on nothing more is read. */
  inFlightBytes: bytesSetting.prefault('48MiB'),
  /** Retained messages of all topics together. */
  retainedMessages: z.int().positive().prefault(100_000),
  retainedBytes: bytesSetting.prefault('64MiB'),
});
export type LimitSettings = z.infer<typeof LimitSettings>;
