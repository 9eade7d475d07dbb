import { z } from 'zod';
import { AlertRecord, CLOSING_REASONS } from './alert.ts';
import { whyClosed } from './alert-closing.ts';
import { familyNamed } from '#model/families/index.ts';
import { SYSTEM } from './problem.ts';
import { Text } from '#model/readings/family.ts';
import { formatInstant } from '#model/base/instant.ts';
import { describing, documentOf, Time } from '#model/base/document.ts';
import type { Registry } from '#model/registry/registry.ts';
import { UNIT_TEXT } from '#model/readings/unit.ts';

const SHOWN = AlertRecord.omit({ channels: true, anchor: true, isNotified: true, closing: true, detail: true });

const ClosedDocument = z.object({
  at: Time,
  reason: z.enum(CLOSING_REASONS),
  why: Text,
  by: z.string().nullable(),
  note: z.string().nullable(),
});
type ClosedDocument = z.infer<typeof ClosedDocument>;

/** An alert in the API, the stream, a webhook and a topic. */
export const AlertDocument = documentOf(SHOWN).extend({
  station_name: z.string(),
  unit: z.string().meta({ description: 'UCUM code.' }),
  unit_text: z.string(),
  closed: ClosedDocument.nullable().meta({
    description:
      'Of an alert that is `closed`: when and why it ended although no measurement shows that it is over. `by-hand`: a ' +
      'person ended it; with every other reason nothing is left that could confirm it.',
  }),
  silenced: z.boolean().meta({ description: 'True while a silence mutes it.' }),
  detail: Text.nullable().meta({ description: 'Cause and advice, if the evidence is not a reading.' }),
});
export type AlertDocument = z.infer<typeof AlertDocument>;

const describeShown = describing(SHOWN);

const closedDocument = (alert: AlertRecord): ClosedDocument | null => {
  const { closing } = alert;
  if (closing === undefined) return null;
  const { at, reason, by, note } = closing;
  return { at: formatInstant(at), reason, why: whyClosed(alert, closing), by: by ?? null, note: note ?? null };
};

/** An alert as it is shown. A station that is registered no more is called by its id. */
export const describeAlert = (
  alert: AlertRecord,
  { registry, isSilenced }: { readonly registry: Registry; readonly isSilenced: boolean },
): AlertDocument => {
  const unit = familyNamed(alert.family)?.properties[alert.property]?.unit ?? '1';
  return {
    ...describeShown(alert),
    station_name: registry.stations.get(alert.station)?.name ?? (alert.station === SYSTEM ? 'Klawing' : alert.station),
    unit,
    unit_text: UNIT_TEXT[unit] ?? unit,
    closed: closedDocument(alert),
    silenced: isSilenced,
    detail: alert.detail === undefined ? null : { ...alert.detail },
  };
};
