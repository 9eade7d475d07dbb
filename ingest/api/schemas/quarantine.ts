import { z } from 'zod';
import { FAULTS } from '#model/fault.ts';
import { QUARANTINE_STATES } from '#ingest/operations/operations.ts';
import { DeviceId, instantParameter, limitParameter, Time } from './common.ts';

export const QuarantineParameters = z.strictObject({
  device: DeviceId.optional(),
  code: z
    .string()
    .refine((code) => Object.hasOwn(FAULTS, code), { error: 'there is no fault of this code; /docs/faults lists them' })
    .optional()
    .meta({ examples: ['PROPERTY_UNKNOWN'] }),
  state: z
    .enum(QUARANTINE_STATES)
    .optional()
    .meta({ examples: ['open'] }),
  from: instantParameter('Arrived at or after.').optional(),
  to: instantParameter('Arrived before.').optional(),
  limit: limitParameter(100, 1_000),
  before: z.coerce
    .number({ error: 'the id of a packet' })
    .int('the id of a packet')
    .positive('the id of a packet')
    .optional()
    .meta({ description: 'Only packets with a smaller id, newest first.', examples: [120] }),
});

export const QuarantineId = z.coerce
  .number({ error: 'the id of a packet is a whole number' })
  .int('the id of a packet is a whole number')
  .positive('the id of a packet is a whole number from 1 on')
  .meta({ examples: [17] });

const Entry = z.object({
  id: z.int(),
  state: z.enum(QUARANTINE_STATES),
  journal: z.string(),
  sequence: z.int(),
  device: z.string(),
  topic: z.string(),
  codec: z.string(),
  received_at: Time,
  bytes: z.int().meta({ description: 'Length of the payload.' }),
  parts: z.array(
    z.object({
      place: z.string().meta({ description: 'JSON Pointer into the payload; empty for the packet as a whole.' }),
      code: z.string(),
      title: z.string(),
      detail: z.string(),
      readings: z.int().meta({ description: 'How many readings were lost to it.' }),
    }),
  ),
});

const ENTRY_EXAMPLE = {
  id: 17,
  state: 'open' as const,
  journal: '5f0c9a52d1e84b7f',
  sequence: 18_212,
  device: 'aq-bukateja-1',
  topic: 'v1/aq-bukateja-1/readings',
  codec: 'json',
  received_at: '2026-11-24T03:00:00.412Z',
  bytes: 24,
  parts: [
    {
      place: '/values/pm25',
      code: 'PROPERTY_UNKNOWN',
      title: FAULTS.PROPERTY_UNKNOWN,
      detail: '"pm25" is none of pm1, pm2_5, pm10; rename it on the device or in its registration',
      readings: 1,
    },
  ],
};

export const QuarantineList = z.object({ packets: z.array(Entry) }).meta({ examples: [{ packets: [ENTRY_EXAMPLE] }] });

export const QuarantineDocument = Entry.extend({
  text: z.string().nullable().meta({ description: 'The payload as UTF-8; null where it is none.' }),
  hex: z.string().meta({ description: 'The payload, two digits a byte.' }),
}).meta({
  examples: [
    { ...ENTRY_EXAMPLE, text: '{"values":{"pm25":38.5}}', hex: '7b2276616c756573223a7b22706d3235223a33382e357d7d' },
  ],
});
