import { z } from 'zod';
import { bytesSetting, durationSetting } from '#model/base/setting.ts';

/** `journal:` in `klawing.yaml`. */
export const JournalSettings = z.strictObject({
  /** A segment is closed at this size; trimming frees whole segments. */
  segmentBytes: bytesSetting.prefault('64MiB'),
  /** Largest size of the journal. Raw packets that both readers have passed are deleted first; then acknowledging stops. */
  maxBytes: bytesSetting.prefault('20GiB'),
  /** Disk space that stays free. Below it acknowledging stops, while reading continues. */
  reserveBytes: bytesSetting.prefault('512MiB'),
  /** Retention of raw packets that both readers have passed. */
  keepRaw: durationSetting.prefault('30d'),
});
export type JournalSettings = z.infer<typeof JournalSettings>;
