import { z } from 'zod';
import { FAULTS } from '#model/base/fault.ts';
import {
  QUARANTINE_STATES,
  QuarantineEntry,
  QuarantineEvent,
  QuarantinedPart,
} from '#model/readings/quarantined-packet.ts';
import { parseShift, SHIFT_TEXT } from '#model/base/duration.ts';
import { documentOf } from '#model/base/document.ts';
import { instantParameter, limitParameter, ReplayProfiles } from '#model/parameters.ts';
import { DeviceId } from '#model/registry/names.ts';

const Code = z
  .string()
  .refine((code) => Object.hasOwn(FAULTS, code), { error: 'there is no fault of this code; /docs/faults lists them' })
  .meta({ examples: ['PROPERTY_UNKNOWN'] });

export const QuarantineParameters = z.strictObject({
  device: DeviceId.optional(),
  code: Code.optional(),
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

/** Members of a packet in quarantine that the API shows. */
export const SHOWN_PACKET = QuarantineEntry.omit({
  payload: true,
  parts: true,
  dup: true,
  packetId: true,
  session: true,
});

const Part = documentOf(QuarantinedPart).extend({ code: z.string(), title: z.string() });

const Entry = documentOf(SHOWN_PACKET).extend({
  bytes: z.int().meta({ description: 'Length of the payload.' }),
  parts: z.array(Part),
});

const ENTRY_EXAMPLE = {
  id: 17,
  state: 'open' as const,
  journal: '5f0c9a52d1e84b7f',
  sequence: 18_212,
  device: 'aq-bukateja-1',
  topic: 'v1/aq-bukateja-1/readings',
  codec: 'json',
  codec_version: 1,
  received_at: '2026-11-24T03:00:00.412Z',
  bytes: 24,
  parts: [
    {
      place: '/values/pm25',
      code: 'PROPERTY_UNKNOWN',
      title: FAULTS.PROPERTY_UNKNOWN.title,
      detail: '"pm25" is none of pm1, pm2_5, pm10; rename it on the device or in its registration',
      readings: 1,
      further: 0,
    },
  ],
};

const Event = documentOf(QuarantineEvent);

const EVENT_EXAMPLE = {
  at: '2026-11-24T03:05:00.000Z',
  action: 'refused-again' as const,
  by: 'Sari, posko',
  note: '1 places refused again',
};

const Listed = Entry.extend({
  last: Event.nullable().meta({ description: 'Last event; null without one.' }),
  preview: z.string().meta({ description: 'The first bytes of the payload as text; other bytes are shown as �.' }),
});

export const QuarantineList = z
  .object({ packets: z.array(Listed) })
  .meta({ examples: [{ packets: [{ ...ENTRY_EXAMPLE, last: EVENT_EXAMPLE, preview: '{"values":{"pm25":38.5}}' }] }] });

export const QuarantineDocument = Entry.extend({
  text: z.string().nullable().meta({ description: 'The payload as UTF-8; null if it is not UTF-8.' }),
  hex: z.string().meta({ description: 'The payload in hexadecimal digits.' }),
  history: z.array(Event).meta({ description: 'Events, oldest first.' }),
}).meta({
  examples: [
    {
      ...ENTRY_EXAMPLE,
      text: '{"values":{"pm25":38.5}}',
      hex: '7b2276616c756573223a7b22706d3235223a33382e357d7d',
      history: [EVENT_EXAMPLE],
    },
  ],
});

/** Which open packets are meant: by id, by what they have in common, or all of them when asked for by name. */
const CHOICE = {
  ids: z.array(z.int().positive()).min(1).max(10_000).optional(),
  device: DeviceId.optional(),
  code: Code.optional(),
  from: instantParameter('Arrived at or after.').optional(),
  to: instantParameter('Arrived before.').optional(),
  all: z.literal(true).optional().meta({ description: 'All open packets; needed without another choice.' }),
};

const by = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .optional()
  .meta({ description: 'Person who orders it; `operator` without a name.', examples: ['Sari, posko'] });

const isChosen = ({
  ids,
  device,
  code,
  from,
  to,
  all,
}: Partial<Readonly<Record<keyof typeof CHOICE, unknown>>>): boolean =>
  [ids, device, code, from, to, all].some((part) => part !== undefined);
const CHOOSE = { error: 'say which packets: ids, device, code, from, to, or all' };

const shift = z
  .string()
  .meta({ examples: ['-7h'], pattern: SHIFT_TEXT })
  .transform((text, context) => {
    const span = parseShift(text);
    if (span !== undefined) return span;
    context.addIssue({ code: 'custom', message: 'no span of time such as -7h or 90m' });
    return z.NEVER;
  })
  .meta({
    description: 'Duration that is added to the times of the device, to correct a wrong clock.',
    examples: ['-7h'],
  });

export const ReplayRequest = z
  .strictObject({ ...CHOICE, shift: shift.optional(), profiles: ReplayProfiles, by })
  .refine(isChosen, CHOOSE)
  .meta({ example: { device: 'pbg-r03', code: 'TIME_LOCAL_AS_UTC', shift: '-7h' } });

/** A line of the answer: the sums so far, and in the last line those of the whole replay. */
export const QuarantineReplayLine = z
  .object({
    taken: z.int().meta({ description: 'Packets that were run again.' }),
    replayed: z.int().meta({ description: 'Packets that were accepted.' }),
    refused_again: z.int(),
    stored: z.int(),
    duplicates: z.int(),
    revised: z.int(),
  })
  .meta({ examples: [{ taken: 1, replayed: 1, refused_again: 0, stored: 2, duplicates: 0, revised: 0 }] });

export const DiscardRequest = z
  .strictObject({
    ...CHOICE,
    by,
    reason: z
      .string()
      .trim()
      .min(3)
      .max(500)
      .meta({ examples: ['test message of the vendor'] }),
  })
  .refine(isChosen, CHOOSE)
  .meta({ example: { ids: [17, 18], reason: 'test message of the vendor' } });

export const DiscardAnswer = z.object({ discarded: z.int() }).meta({ examples: [{ discarded: 3 }] });
