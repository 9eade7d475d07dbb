import { z } from 'zod';
import { bytesSetting, durationSetting } from '#model/base/setting.ts';

/** `broker.sessions:` in `klawing.yaml`: what is kept for clients that asked for it (CONNECT without clean session). */
export const SessionSettings = z.strictObject({
  /** Kept sessions of one device, one gateway, or the operator; the one that was absent longest makes room. */
  perOwner: z.int().positive().prefault(4),
  /** Kept sessions in all; further ones are refused. */
  all: z.int().positive().prefault(50_000),
  /** How long a session may be absent. */
  absent: durationSetting.prefault('30d'),
  /** Messages that wait for one session; the oldest make room. */
  messages: z.int().positive().prefault(1_000),
  /** Their bytes. */
  bytes: bytesSetting.prefault('2MiB'),
  /** Bytes that wait for all sessions. */
  allBytes: bytesSetting.prefault('64MiB'),
});
export type SessionBounds = z.infer<typeof SessionSettings>;
