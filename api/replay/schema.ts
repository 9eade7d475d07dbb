import { z } from 'zod';
import { instantParameter } from '#model/parameters.ts';
import { DeviceId } from '#model/registry/names.ts';

export const RawReplayRequest = z
  .strictObject({
    device: DeviceId,
    from: instantParameter('Arrived at or after.'),
    to: instantParameter('Arrived before; now otherwise.').optional(),
    dry_run: z.boolean().prefault(false).meta({ description: 'Returns the changes, and changes nothing.' }),
  })
  .meta({ example: { device: 'pbg-a01', from: '2026-11-23T00:00:00+07:00', dry_run: true } });
