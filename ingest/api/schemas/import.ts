import { z } from 'zod';

/** Lines of one call. */
const IMPORT_LINES = 1_000;

export const ImportBody = z
  .strictObject({
    devices: z
      .array(z.record(z.string(), z.unknown()))
      .min(1)
      .max(IMPORT_LINES)
      .meta({ description: 'Each as in `POST /v1/devices`; one that is not as described is refused alone.' }),
    dry_run: z.boolean().prefault(false),
    claim: z.boolean().prefault(false).meta({ description: 'Answers claim codes in place of secrets.' }),
  })
  .meta({ examples: [{ devices: [{ id: 'aq-bukateja-1', station: 'bukateja-1' }], dry_run: true, claim: false }] });

export const ImportAnswer = z
  .object({
    lines: z.array(
      z.object({
        id: z.string(),
        outcome: z.enum(['created', 'updated', 'unchanged', 'refused']),
        why: z.string().optional(),
        secret: z.string().optional(),
        code: z.string().optional(),
      }),
    ),
  })
  .meta({ examples: [{ lines: [{ id: 'aq-bukateja-1', outcome: 'created', code: '7K2QF-0DX9M-A4TSB' }] }] });
