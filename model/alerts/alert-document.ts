import type { Acknowledgement, AlertRecord, AlertState, ClosingReason, Trend } from './alert.ts';
import { whyClosed } from './alert-closing.ts';
import { familyNamed } from '#model/families/index.ts';
import { SYSTEM } from './problem.ts';
import type { Severity, Text } from '#model/readings/family.ts';
import { type Instant, formatInstant } from '#model/base/instant.ts';
import type { Registry } from '#model/registry/registry.ts';
import { UNIT_TEXT } from '#model/readings/unit.ts';

interface ClosedDocument {
  readonly at: string;
  readonly reason: ClosingReason;
  readonly why: Text;
  readonly by: string | null;
  readonly note: string | null;
}

/** An alert as API, stream, webhook and topic show it. */
export interface AlertDocument {
  readonly id: number;
  readonly rule: string;
  readonly station: string;
  readonly station_name: string;
  readonly family: string;
  readonly property: string;
  readonly device: string;
  readonly state: AlertState;
  readonly severity: Severity;
  readonly title: Text;
  readonly value: number;
  readonly unit: string;
  readonly unit_text: string;
  readonly raise: number;
  readonly clear: number;
  readonly observed_at: string;
  readonly since: string;
  readonly fired_at: string | null;
  readonly resolved_at: string | null;
  /** The end of an alert that no measurement has shown to be over; null for every state but `closed`. */
  readonly closed: ClosedDocument | null;
  readonly acknowledged: { readonly at: string; readonly by: string | null; readonly note: string | null } | null;
  readonly silenced: boolean;
  readonly trend: Trend;
  /** Cause, and what to do, where the evidence is no reading. */
  readonly detail: Text | null;
}

const instantOrNull = (at: Instant | undefined): string | null => (at === undefined ? null : formatInstant(at));

const acknowledgement = ({ at, by, note }: Acknowledgement) => ({
  at: formatInstant(at),
  by: by ?? null,
  note: note ?? null,
});

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
    id: alert.id,
    rule: alert.rule,
    station: alert.station,
    station_name: registry.stations.get(alert.station)?.name ?? (alert.station === SYSTEM ? 'Klawing' : alert.station),
    family: alert.family,
    property: alert.property,
    device: alert.device,
    state: alert.state,
    severity: alert.severity,
    title: { ...alert.title },
    value: alert.value,
    unit,
    unit_text: UNIT_TEXT[unit] ?? unit,
    raise: alert.raise,
    clear: alert.clear,
    observed_at: formatInstant(alert.observedAt),
    since: formatInstant(alert.since),
    fired_at: instantOrNull(alert.firedAt),
    resolved_at: instantOrNull(alert.resolvedAt),
    closed: closedDocument(alert),
    acknowledged: alert.acknowledged === undefined ? null : acknowledgement(alert.acknowledged),
    silenced: isSilenced,
    trend: alert.trend,
    detail: alert.detail === undefined ? null : { ...alert.detail },
  };
};
