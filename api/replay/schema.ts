import { z } from 'zod';
import { instantParameter, ReplayProfiles } from '#model/parameters.ts';
import { DeviceId } from '#model/registry/names.ts';

export const RawReplayRequest = z
  .strictObject({
    device: DeviceId,
    from: instantParameter('Arrived at or after.'),
    to: instantParameter('Arrived before; now otherwise.').optional(),
    profiles: ReplayProfiles,
    dry_run: z.boolean().prefault(false).meta({ description: 'Returns the changes without making them.' }),
  })
  .meta({ example: { device: 'pbg-a01', from: '2026-11-23T00:00:00+07:00', dry_run: true } });

/** A line of the answer: the sums so far, and in the last line those of the whole replay. */
export const RawReplayLine = z
  .object({
    read: z.int().meta({ description: 'Entries of the journal that were read.' }),
    entries: z.int().meta({ description: 'Entries of the journal in the span.' }),
    packets: z.int(),
    quarantined: z.int(),
    refused: z.int(),
    new: z.int().meta({ description: 'Rows that were not in the store.' }),
    changed: z.int().meta({ description: 'Rows with another value.' }),
    same: z.int(),
  })
  .meta({
    examples: [{ read: 180, entries: 180, packets: 60, quarantined: 0, refused: 0, new: 0, changed: 60, same: 240 }],
  });
