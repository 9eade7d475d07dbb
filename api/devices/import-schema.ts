import { z } from 'zod';
import { MemberChange } from '#registry/device-members.ts';

/** Lines of one request. */
const IMPORT_LINES = 1_000;

export const ImportBody = z
  .strictObject({
    devices: z
      .array(z.record(z.string(), z.unknown()))
      .min(1)
      .max(IMPORT_LINES)
      .meta({
        description:
          'Each as in `POST /v1/devices`; one that is not as described is refused alone. Of a device that is registered, ' +
          'only the members that are given change.',
      }),
    dry_run: z.boolean().prefault(false),
    claim: z.boolean().prefault(false).meta({ description: 'Returns claim codes instead of secrets.' }),
  })
  .meta({ examples: [{ devices: [{ id: 'aq-bukateja-1', station: 'bukateja-1' }], dry_run: true, claim: false }] });

export const ImportAnswer = z
  .object({
    lines: z.array(
      z.object({
        id: z.string(),
        outcome: z.enum(['created', 'updated', 'unchanged', 'refused']),
        why: z.string().optional().meta({ description: 'Reason of a refusal.' }),
        changes: z
          .array(MemberChange)
          .optional()
          .meta({ description: 'Of an updated device: changed members with old and new value.' }),
        secret: z.string().optional(),
        code: z.string().optional(),
      }),
    ),
  })
  .meta({
    examples: [
      {
        lines: [
          { id: 'aq-bukateja-1', outcome: 'created', code: '7K2QF-0DX9M-A4TSB' },
          {
            id: 'pbg-r03',
            outcome: 'updated',
            changes: [{ member: 'every', before: '1m', after: '5m' }],
          },
        ],
      },
    ],
  });
