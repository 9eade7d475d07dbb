import { z } from 'zod';
import { InstantMember } from '#model/base/document.ts';
import type { Instant } from '#model/base/instant.ts';
import { PropertyName } from '#model/parameters.ts';
import { SEVERITIES, Text } from '#model/readings/family.ts';
import { RuleId, StationId } from '#model/registry/names.ts';

export const ALERT_STATES = ['pending', 'firing', 'resolved', 'closed'] as const;
/**
 * `pending` waits for its hold, `firing` is told, `resolved` was measured to be over. `closed` has ended without such a
 * measurement: `closing` says why. One that is inactive is no alert at all.
 */
export type AlertState = (typeof ALERT_STATES)[number];

export const CLOSING_REASONS = [
  'device-moved',
  'device-revoked',
  'device-removed',
  'rule-removed',
  'station-removed',
  'channel-removed',
  'by-hand',
] as const;
export type ClosingReason = (typeof CLOSING_REASONS)[number];

/** The end of an alert that no measurement has shown to be over. */
export const Closing = z.object({
  at: InstantMember,
  /** All but `by-hand`: nothing is left that could show whether it is over. */
  reason: z.enum(CLOSING_REASONS),
  /** Name and note of the person who ended it by hand. */
  by: z.string().exactOptional(),
  note: z.string().exactOptional(),
  /** The alert of another device of the station, by the same rule, that stands on. */
  other: z.number().exactOptional(),
});
export type Closing = Readonly<z.infer<typeof Closing>>;

export const TRENDS = ['rising', 'falling', 'steady'] as const;
export type Trend = (typeof TRENDS)[number];

/** A value and when it was observed. */
const SeenEvidence = z.object({ at: InstantMember, value: z.number() });
export type SeenEvidence = Readonly<z.infer<typeof SeenEvidence>>;

/** A rule's finding at one device of one station. All times but those of people are times of observation. */
export const Alert = z.object({
  id: z.int(),
  rule: RuleId,
  station: StationId,
  device: z.string().meta({ description: 'Device, gateway or channel; empty for the service itself.' }),
  family: z.string().meta({ description: 'Family of the station; `system` if the evidence is not a reading.' }),
  property: PropertyName,
  severity: z.enum(SEVERITIES),
  title: Text,
  /** Names of the channels that the rule asks for; undefined for all of them. */
  channels: z.array(z.string()).readonly().optional(),
  raise: z.number(),
  clear: z.number(),
  state: z.enum(ALERT_STATES).meta({
    description:
      '`pending`: waits for its hold. `firing`. `resolved`: over, by what was measured. `closed`: ended without a measurement ' +
      'that shows that it is over.',
  }),
  /** In the unit of the property. */
  value: z.number().meta({ description: 'The newest evidence.' }),
  observedAt: InstantMember,
  trend: z.enum(TRENDS),
  /** The value that the trend is measured from. */
  anchor: SeenEvidence,
  /** The hold is counted from here. */
  since: InstantMember.meta({ description: 'Start of the condition.' }),
  /** Undefined while pending, and for one that was over before its hold. */
  firedAt: InstantMember.optional(),
  resolvedAt: InstantMember.optional(),
  /**
   * True while people believe that it fires: a message about its firing was made, and none about its end. An alert that is
   * over under a silence stays so until the message of its end is made.
   */
  isNotified: z.boolean(),
  detail: Text.exactOptional().meta({ description: 'Cause and advice, if the evidence is not a reading.' }),
  /** Present exactly where the state is `closed`. */
  closing: Closing.exactOptional(),
});
export type Alert = Readonly<z.infer<typeof Alert>>;

/** True for an alert that no longer stands, whether it is known to be over or not. */
export const hasEnded = ({ state }: Pick<Alert, 'state'>): boolean => state === 'resolved' || state === 'closed';

/** A step of an alert into another state, and the reading that caused it. */
export interface AlertChange {
  readonly alert: Alert;
  readonly receivedAt: Instant;
  /** Journal entry of that reading. */
  readonly sequence: number;
}

/** Changes of alerts by a batch of readings, before they are committed. */
export interface Evaluated {
  /** Steps into another state, in order. */
  readonly changes: readonly AlertChange[];
  /** Every alert that was touched, as it is after the batch. */
  readonly alerts: readonly Alert[];
  /** Further lines of their history: of what is no step into another state. */
  readonly events?: readonly AlertEvent[];
}

/** A person has seen an alert and looks after it. */
const Acknowledgement = z.object({
  at: InstantMember,
  by: z.string().optional(),
  note: z.string().optional(),
});
export type Acknowledgement = Readonly<z.infer<typeof Acknowledgement>>;

/** An alert with its acknowledgement. */
export const AlertRecord = z.object({ ...Alert.shape, acknowledged: Acknowledgement.optional() });
export type AlertRecord = Readonly<z.infer<typeof AlertRecord>>;

/** Gravest severity first; of one severity, firing before pending, then the newest. */
export const worstFirst = <T extends Pick<Alert, 'id' | 'severity' | 'state'>>(alerts: readonly T[]): readonly T[] =>
  alerts.toSorted(
    (a, b) =>
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      ALERT_STATES.indexOf(b.state) - ALERT_STATES.indexOf(a.state) ||
      b.id - a.id,
  );

const ALERT_EVENTS = [...ALERT_STATES, 'acknowledged', 'silenced', 'handed-over'] as const;

/** One line of an alert's history. */
export const AlertEvent = z.object({
  alert: z.number(),
  kind: z.enum(ALERT_EVENTS),
  /** When it was observed, or done. */
  at: InstantMember,
  /** When the reading arrived, or when it was done. */
  receivedAt: InstantMember,
  value: z.number(),
  note: z.string().optional().meta({ description: 'Note of a person, or reason of the event.' }),
  by: z.string().optional().meta({ description: 'Person.' }),
});
export type AlertEvent = Readonly<z.infer<typeof AlertEvent>>;

/** A person mutes alerts of a station, of a rule, or of a rule at a station, for a time. */
export const Silence = z.object({
  id: z.int(),
  station: StationId.optional(),
  rule: RuleId.optional(),
  from: InstantMember,
  until: InstantMember,
  reason: z.string(),
  by: z.string().optional().meta({ description: 'The person who made it.' }),
});
export type Silence = Readonly<z.infer<typeof Silence>>;

/** The silence that mutes alerts of this rule and station at this moment, or undefined. */
export const silenceOf = (
  { rule, station }: Pick<Alert, 'rule' | 'station'>,
  silences: readonly Silence[],
  now: Instant,
): Silence | undefined =>
  silences.find(
    (silence) =>
      (silence.rule === undefined || silence.rule === rule) &&
      (silence.station === undefined || silence.station === station) &&
      silence.from <= now &&
      now < silence.until,
  );

/** A message as it is put into the outbox, in the transaction of the change that it tells. */
export const OutgoingMessage = z.object({
  key: z.string().meta({ description: 'The same for each attempt at this message.' }),
  alert: z.number(),
  state: z.enum(ALERT_STATES).meta({ description: 'Event that the message reports.' }),
  channel: z.string(),
  recipient: z.string(),
  /** As the channel rendered it. */
  body: z.string(),
  /** Arrival of the reading that caused it. */
  receivedAt: InstantMember,
  createdAt: InstantMember,
});
/** `isReplacing`: only the newest counts, and one that still waits for this recipient is not sent any more. */
export type OutgoingMessage = Readonly<z.infer<typeof OutgoingMessage>> & { readonly isReplacing: boolean };

export const DELIVERY_STATES = ['waiting', 'delivered', 'failed', 'replaced', 'missed', 'withdrawn'] as const;
/**
 * `waiting`: queued. `delivered`: the channel accepted it. `missed`: given up within the limits of a message, and tried again as
 * long as it is of use. `failed`: given up. `withdrawn`: not sent, because it is of no use any more. `replaced`: not sent,
 * because a newer state was.
 */
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Result of one try to send a message. */
export interface DeliveryNote {
  readonly id: number;
  /** `waiting`, `missed`: it is tried again. A message that was replaced meanwhile stays replaced. */
  readonly delivery: Exclude<DeliveryState, 'replaced'>;
  readonly at: Instant;
  /** Undefined when it was delivered. */
  readonly error: string | undefined;
  /** False where it was not tried. */
  readonly isTried: boolean;
  /** True for a try that shows whether a recipient can be reached; a topic is not a recipient. */
  readonly isOfRecipient: boolean;
  readonly isLate: boolean;
}

/** A message in the outbox, with its delivery. */
export const Delivery = z.object({
  id: z.number(),
  ...OutgoingMessage.shape,
  delivery: z.enum(DELIVERY_STATES).meta({
    description:
      '`waiting`: queued. `delivered`: the channel accepted it. `missed`: not accepted within the limits, and tried again as ' +
      'long as it is of use. `failed`: given up. `withdrawn`: not sent, because it was of no use any more. `replaced`: a ' +
      'newer state was sent.',
  }),
  isLate: z.boolean().meta({ description: 'True if it was delivered with the note that it is late.' }),
  attempts: z.int(),
  deliveredAt: InstantMember.optional(),
  lastError: z.string().optional(),
});
export type Delivery = Readonly<z.infer<typeof Delivery>>;

/** Result of the last tries to reach a recipient. */
export const RecipientHealth = z.object({
  channel: z.string(),
  recipient: z.string(),
  /** Time of the last message that was accepted; undefined before the first one. */
  acceptedAt: InstantMember.optional(),
  /** Time of the first failed try since then; undefined where the last try was accepted. */
  failingSince: InstantMember.optional(),
  lastError: z.string().optional(),
});
export type RecipientHealth = Readonly<z.infer<typeof RecipientHealth>>;

/** Changes of alerts by a batch, committed with the cursor of the alerting reader. */
export interface AlertCommit {
  readonly alerts: readonly Alert[];
  readonly events: readonly AlertEvent[];
  readonly messages: readonly OutgoingMessage[];
  /** Reference time for the removal of ended alerts; the newest arrival where that is earlier, so that a clock jump removes none. */
  readonly agedAt?: Instant;
}
