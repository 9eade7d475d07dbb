import { z } from 'zod';

export const BackupRequest = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .max(4_096)
      .meta({ description: 'Absolute path of a new folder on the machine of the service.' }),
  })
  .meta({ example: { folder: '/var/backups/klawing-2026-11-24' } });
