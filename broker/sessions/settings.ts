import { z } from 'zod';
import { bytesSetting, durationSetting } from '#model/base/setting.ts';

/** `broker.sessions:` in `klawing.yaml`. */
export const SessionSettings = z.strictObject({
  perOwner: z
    .int()
    .positive()
    .prefault(4)
    .describe(
      'Persistent sessions of one device, one gateway, or the operator. A further one evicts the session that was absent longest.',
    ),
  all: z.int().positive().prefault(50_000).describe('Persistent sessions in total. Further ones are refused.'),
  absent: durationSetting.prefault('30d').describe('Lifetime of a persistent session without a connection.'),
  messages: z
    .int()
    .positive()
    .prefault(1_000)
    .describe('Waiting messages of one session. Further ones evict the oldest.'),
  bytes: bytesSetting.prefault('2MiB').describe('Bytes of the waiting messages of one session.'),
  allBytes: bytesSetting.prefault('64MiB').describe('Bytes of the waiting messages of all sessions.'),
});
export type SessionBounds = z.infer<typeof SessionSettings>;
