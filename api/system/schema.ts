import { z } from 'zod';
import { Time } from '#model/base/document.ts';

const Reader = z.object({ journal: z.string(), sequence: z.int() }).optional();

/** Condition of each part. */
export const Readiness = z
  .object({
    ready: z.boolean(),
    dependencies: z.array(
      z.object({
        name: z.enum(['broker', 'journal', 'store', 'operations']),
        ready: z.boolean(),
        code: z.string().optional(),
        detail: z.string().optional(),
        since: Time.optional(),
      }),
    ),
    storing: Reader.meta({ description: 'Position in the journal up to which everything is stored.' }),
    alerting: Reader.meta({ description: 'Position in the journal up to which alerts are evaluated.' }),
  })
  .meta({
    examples: [
      {
        ready: false,
        dependencies: [
          { name: 'broker', ready: true },
          { name: 'journal', ready: true },
          {
            name: 'store',
            ready: false,
            code: 'STORE_UNREACHABLE',
            detail: 'connection refused',
            since: '2026-11-24T02:58:11.000Z',
          },
          { name: 'operations', ready: true },
        ],
        storing: { journal: '5f0c9a52d1e84b7f', sequence: 18_200 },
        alerting: { journal: '5f0c9a52d1e84b7f', sequence: 18_240 },
      },
    ],
  });
