import { z } from 'zod';

/** A line of the answer: progress, or the content of the backup in the last line. */
export const BackupLine = z
  .union([
    z.object({ stage: z.string(), done: z.number(), of: z.number() }),
    z.object({
      made_at: z.string(),
      first: z.int(),
      last: z.int(),
      kept_through: z.int(),
      rows: z.int().nullable(),
      files: z.int(),
      bytes: z.int(),
    }),
  ])
  .meta({
    examples: [
      { stage: 'journal', done: 1_048_576, of: 4_194_304 },
      {
        made_at: '2026-11-24T03:00:00.000Z',
        first: 1,
        last: 81_234,
        kept_through: 81_210,
        rows: 406_050,
        files: 9,
        bytes: 12_582_912,
      },
    ],
  });

export const BackupRequest = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .max(4_096)
      .meta({ description: 'Absolute path of a new folder on the machine of the service.' }),
  })
  .meta({ example: { folder: '/var/backups/klawing-2026-11-24' } });
