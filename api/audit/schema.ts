import { z } from 'zod';
import { Time } from '#model/base/document.ts';
import { instantParameter, limitParameter } from '#model/parameters.ts';

const EXAMPLE = {
  number: 41,
  at: '2026-11-24T03:00:00.000Z',
  actor: 'person:7',
  name: 'Sari Wulandari',
  action: 'acknowledgeAlert',
  subject: 'alert:26',
  detail: {},
  hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
};

/** One entry of the audit trail. */
export const EntryDocument = z
  .object({
    number: z.int(),
    at: Time,
    actor: z
      .string()
      .meta({ description: '`person:7`, `token:<name>`, `operator-token`, `device:<id>`, `gateway:<id>`, `service`.' }),
    name: z
      .string()
      .nullable()
      .meta({ description: 'Present name of the person; null for others. It is not part of the hash.' }),
    action: z.string().meta({ description: 'Operation of this API, or an action of the service.' }),
    subject: z.string(),
    detail: z.record(z.string(), z.unknown()),
    hash: z
      .string()
      .meta({ description: 'SHA-256 over the hash of the entry before and the canonical content of this one.' }),
  })
  .meta({ id: 'AuditEntry', examples: [EXAMPLE] });

export const EntryList = z.object({ entries: z.array(EntryDocument) }).meta({ examples: [{ entries: [EXAMPLE] }] });

const filter = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description, examples: [example] });

export const AuditParameters = z.strictObject({
  actor: filter('By this actor.', 'person:7'),
  action: filter('Of this kind.', 'acknowledgeAlert'),
  subject: filter('About this.', 'alert:26'),
  from: instantParameter('At or after.').optional(),
  to: instantParameter('Before.').optional(),
  before: z.coerce.number().int().positive().optional().meta({ description: 'Entries before this number.' }),
  limit: limitParameter(100, 1_000),
});
