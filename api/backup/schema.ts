import { z } from 'zod';

export const BackupRequest = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .max(4_096)
      .meta({ description: 'Whole path of a folder that is not there yet, on the machine of the service.' }),
  })
  .meta({ example: { folder: '/var/backups/klawing-2026-11-24' } });
