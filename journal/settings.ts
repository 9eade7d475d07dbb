import { z } from 'zod';
import { bytesSetting, durationSetting, refuseAll, sizeSetting } from '#model/base/setting.ts';

/** `journal:` in `klawing.yaml`. */
export const JournalSettings = z
  .strictObject({
    segmentBytes: sizeSetting
      .prefault('64MiB')
      .describe('Size at which a segment is closed. The journal is trimmed by whole segments.'),
    maxBytes: sizeSetting
      .prefault('20GiB')
      .describe(
        'Largest size of the journal. Raw packets that both readers have passed are deleted first; then acknowledging stops.',
      ),
    reserveBytes: bytesSetting
      .prefault('512MiB')
      .describe('Disk space that stays free. Below it acknowledging stops, while reading continues.'),
    keepRaw: durationSetting.prefault('30d').describe('Retention of raw packets that both readers have passed.'),
  })
  .superRefine(
    refuseAll(({ segmentBytes, maxBytes }) => [
      maxBytes < 2 * segmentBytes
        ? [
            'maxBytes',
            'the journal frees whole segments, so it has to hold two at least; raise it, or lower journal.segmentBytes',
          ]
        : undefined,
    ]),
  );
export type JournalSettings = z.infer<typeof JournalSettings>;
