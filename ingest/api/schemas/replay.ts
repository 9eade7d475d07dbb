import { z } from 'zod';
import { DeviceId, instantParameter } from './common.ts';

export const RawReplayRequest = z.strictObject({
  device: DeviceId,
  from: instantParameter('Arrived at or after.'),
  to: instantParameter('Arrived before; now otherwise.').optional(),
  dry_run: z.boolean().prefault(false).meta({ description: 'Says what would change, and changes nothing.' }),
});
