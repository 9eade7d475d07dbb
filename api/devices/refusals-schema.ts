import { z } from 'zod';
import { documentOf } from '#model/base/document.ts';
import { RecentRefusal } from '#model/limits/refusal.ts';
import { Text } from '#model/readings/family.ts';

const EXAMPLE = {
  cause: 'secret' as const,
  explanation: {
    id: 'Kata sandi salah: masukkan rahasia perangkat ini, atau buat yang baru',
    en: 'The password is wrong: enter the secret of this device, or make a new one',
  },
  by: 'mqtt' as const,
  name: 'aq-bukateja-1',
  registered: true,
  client: 'aq-bukateja-1',
  address: '192.0.2.17',
  detail: null,
  first_at: '2026-11-24T02:58:00.000Z',
  at: '2026-11-24T03:00:00.000Z',
  count: 25,
};

/** A refusal with its advice. */
export const RefusalDocument = documentOf(RecentRefusal)
  .extend({
    explanation: Text.clone().meta({ description: 'What is wrong and what to do, in Indonesian and English.' }),
    by: z.enum(['mqtt', 'http']),
  })
  .meta({ id: 'Refusal', examples: [EXAMPLE] });

/** Longest name that a client may have given. */
const NAME = 512;

export const RefusalParameters = z.strictObject({
  name: z
    .string()
    .max(NAME)
    .optional()
    .meta({
      description:
        'User name or client id, registered or not; also the refusals without a name from the addresses that this name came from.',
      examples: ['aq-bukateja-1'],
    }),
  registered: z
    .enum(['true', 'false'], { error: 'true or false' })
    .optional()
    .meta({
      description: '`false`: only refusals of names that are not registered, or without a name.',
      examples: ['false'],
    }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .prefault(100)
    .meta({ examples: [100] }),
});

export const RefusalList = z
  .object({
    refusals: z.array(RefusalDocument),
    total: z.int().meta({ description: 'Number of refusals that are remembered; the list has the newest of them.' }),
    complete: z.boolean().meta({ description: 'False while the broker does not answer: those by MQTT are missing.' }),
  })
  .meta({ examples: [{ refusals: [EXAMPLE], total: 1, complete: true }] });
