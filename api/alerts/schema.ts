import { z } from 'zod';
import { ALERT_STATES, AlertEvent, Delivery, Silence } from '#model/alerts/alert.ts';
import { AlertDocument } from '#model/alerts/alert-document.ts';
import { documentOf } from '#model/base/document.ts';
import { humanLine, humanText } from '#model/base/human-text.ts';
import { SEVERITIES } from '#model/readings/family.ts';
import { durationParameter, instantParameter, optionalLimitParameter } from '#model/parameters.ts';
import { RuleId, StationId } from '#model/registry/names.ts';

const SEVERITY = z.enum(SEVERITIES);

const ALERT_EXAMPLE = {
  id: 12,
  rule: 'waspada',
  station: 'PBG-R03',
  station_name: 'Klawing – Bancar bridge',
  family: 'river',
  property: 'stage',
  device: 'pbg-r03',
  state: 'firing' as const,
  severity: 'moderate' as const,
  title: { id: 'Waspada banjir', en: 'Flood watch (waspada)' },
  value: 2.62,
  unit: 'm',
  unit_text: 'm',
  raise: 2.5,
  clear: 2.4,
  observed_at: '2026-11-24T03:06:00.000Z',
  since: '2026-11-24T03:00:00.000Z',
  fired_at: '2026-11-24T03:05:00.000Z',
  resolved_at: null,
  closed: null,
  acknowledged: null,
  silenced: false,
  trend: 'rising' as const,
  detail: null,
};

export const AlertSchema = AlertDocument.meta({ id: 'Alert', examples: [ALERT_EXAMPLE] });

/** Rows of a page where no limit is given. */
export const ALERT_PAGE = 100;

export const AlertParameters = z.strictObject({
  state: z
    .enum([...ALERT_STATES, 'standing'])
    .optional()
    .meta({
      description: '`standing`: all pending and firing alerts in one answer, the most severe first.',
      examples: ['standing'],
    }),
  station: StationId.optional(),
  severity: SEVERITY.optional().meta({ examples: ['severe'] }),
  limit: optionalLimitParameter(ALERT_PAGE, 1_000),
  before: z.coerce
    .number({ error: 'the id of an alert' })
    .int('the id of an alert')
    .positive('the id of an alert')
    .optional()
    .meta({ description: 'Only alerts with a smaller id, newest first.', examples: [120] }),
});

const idOf = (what: string) =>
  z.coerce
    .number({ error: `the id of ${what} is a whole number` })
    .int(`the id of ${what} is a whole number`)
    .positive(`the id of ${what} is a whole number from 1 on`)
    .meta({ examples: [12] });

export const AlertId = idOf('an alert');
export const SilenceId = idOf('a silence');

export const AlertList = z.object({ alerts: z.array(AlertSchema) }).meta({ examples: [{ alerts: [ALERT_EXAMPLE] }] });

const HISTORY_EXAMPLE = {
  kind: 'firing' as const,
  at: '2026-11-24T03:05:00.000Z',
  received_at: '2026-11-24T03:05:00.412Z',
  value: 2.58,
  note: null,
  by: null,
};

const RECEIPT_EXAMPLE = {
  key: '5f0c9a52d1e84b7f-18240-12-firing',
  state: 'firing' as const,
  channel: 'email',
  recipient: 'posko@example.go.id',
  delivery: 'delivered' as const,
  attempts: 1,
  created_at: '2026-11-24T03:05:00.431Z',
  delivered_at: '2026-11-24T03:05:01.207Z',
  late: false,
  last_error: null,
};

/** A line of the history of one alert. */
export const HISTORY = AlertEvent.omit({ alert: true });

/** A message about one alert, and its delivery. */
export const SHOWN_DELIVERY = Delivery.omit({ id: true, alert: true, body: true, receivedAt: true, isLate: true });

const RECEIPT = documentOf(SHOWN_DELIVERY).extend({ late: documentOf(Delivery).shape.is_late });

/** An alert with all that happened to it, and who was told. */
export const AlertDetail = AlertSchema.extend({
  history: z.array(documentOf(HISTORY)),
  receipts: z.array(RECEIPT),
}).meta({
  id: 'AlertDetail',
  examples: [{ ...ALERT_EXAMPLE, history: [HISTORY_EXAMPLE], receipts: [RECEIPT_EXAMPLE] }],
});

export const AcknowledgeBody = z
  .strictObject({
    by: humanLine(200).optional(),
    note: humanText(1_000).optional(),
  })
  .nullish()
  .meta({ examples: [{ by: 'Sari, posko', note: 'petugas menuju lokasi' }] });

/** Why an alert is ended by hand, and who says so. */
export const EndBody = z
  .strictObject({
    note: humanText(1_000, 'ending an alert by hand needs a note'),
    by: humanLine(200).optional(),
  })
  .meta({ examples: [{ note: 'sensor rusak, muka air sudah dilihat: 1,8 m', by: 'Sari, posko' }] });

const SILENCE_EXAMPLE = {
  id: 3,
  station: 'PBG-R03',
  rule: null,
  from: '2026-11-24T03:00:00.000Z',
  until: '2026-11-24T05:00:00.000Z',
  reason: 'sensor sedang dibersihkan',
  by: 'Sari, posko',
};

export const SilenceSchema = documentOf(Silence).meta({ id: 'Silence', examples: [SILENCE_EXAMPLE] });

export const SilenceList = z
  .object({ silences: z.array(SilenceSchema) })
  .meta({ examples: [{ silences: [SILENCE_EXAMPLE] }] });

const SILENCE_BODY = { station: 'PBG-R03', for: '2h', reason: 'sensor sedang dibersihkan' };

export const SilenceBody = z
  .strictObject({
    station: StationId.optional(),
    rule: RuleId.optional(),
    until: instantParameter('When it ends.').optional(),
    for: durationParameter('How long it lasts from now on.', '2h').optional(),
    reason: humanText(1_000, 'a silence needs a reason').meta({ examples: [SILENCE_BODY.reason] }),
    by: humanLine(200).optional(),
  })
  .meta({ examples: [SILENCE_BODY], 'x-examples': { usual: { value: SILENCE_BODY } } });
export type SilenceBody = z.infer<typeof SilenceBody>;

export const ChannelName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'a channel is named with small letters, digits and "-", at most 32 of them')
  .meta({ examples: ['webhook'] });

export const ChannelTest = z
  .object({
    channel: z.string(),
    outcomes: z.array(z.object({ recipient: z.string(), delivered: z.boolean(), error: z.string().nullable() })),
  })
  .meta({
    examples: [{ channel: 'email', outcomes: [{ recipient: 'posko@example.go.id', delivered: true, error: null }] }],
  });
