import { z } from 'zod';
import { bytesSetting, durationSetting } from '#model/base/setting.ts';

/** `journal:` in `klawing.yaml`. */
export const JournalSettings = z.strictObject({
  /** A segment is closed at this size; trimming frees whole segments. */
  segmentBytes: bytesSetting.prefault('64MiB'),
  /** How large the journal may grow. Raw packets that both readers have passed go first; then acknowledging stops. */
  maxBytes: bytesSetting.prefault('20GiB'),
  /** How much of the disk stays free: below it acknowledging stops, while reading and draining go on. */
  reserveBytes: bytesSetting.prefault('512MiB'),
  /** How long raw packets are kept after both readers have passed them. */
  keepRaw: durationSetting.prefault('30d'),
});
export type JournalSettings = z.infer<typeof JournalSettings>;
