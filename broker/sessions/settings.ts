import { z } from 'zod';
import { bytesSetting, durationSetting } from '#model/base/setting.ts';

/** `broker.sessions:` in `klawing.yaml`: limits of persistent sessions (CONNECT without clean session). */
export const SessionSettings = z.strictObject({
  /** Persistent sessions of one device, one gateway, or the operator. A further one evicts the session that was absent longest. */
  perOwner: z.int().positive().prefault(4),
  /** Persistent sessions in total; further ones are refused. */
  all: z.int().positive().prefault(50_000),
  /** Lifetime of a session without a connection. */
  absent: durationSetting.prefault('30d'),
  /** Waiting messages of one session. Further ones evict the oldest. */
  messages: z.int().positive().prefault(1_000),
  /** Bytes of the waiting messages of one session. */
  bytes: bytesSetting.prefault('2MiB'),
  /** Bytes of the waiting messages of all sessions. */
  allBytes: bytesSetting.prefault('64MiB'),
});
export type SessionBounds = z.infer<typeof SessionSettings>;
