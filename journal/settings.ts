import { z } from 'zod';
import { bytesSetting, durationSetting } from '#model/base/setting.ts';

/** `journal:` in `klawing.yaml`. */
export const JournalSettings = z.strictObject({
  segmentBytes: bytesSetting
    .prefault('64MiB')
    .describe('Size at which a segment is closed. The journal is trimmed by whole segments.'),
  maxBytes: bytesSetting
    .prefault('20GiB')
    .describe(
      'Largest size of the journal. Raw packets that both readers have passed are deleted first; then acknowledging stops.',
    ),
  reserveBytes: bytesSetting
    .prefault('512MiB')
    .describe('Disk space that stays free. Below it acknowledging stops, while reading continues.'),
  keepRaw: durationSetting.prefault('30d').describe('Retention of raw packets that both readers have passed.'),
});
export type JournalSettings = z.infer<typeof JournalSettings>;
