import { SEVERITIES, type Severity, type Text } from '#model/readings/family.ts';
import type { Instant } from '#model/base/instant.ts';

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
export interface Closing {
  readonly at: Instant;
  /** All but `by-hand`: nothing is left that could show whether it is over. */
  readonly reason: ClosingReason;
  /** Name and note of the person who ended it by hand. */
  readonly by?: string;
  readonly note?: string;
  /** The alert of another device of the station, by the same rule, that stands on. */
  readonly other?: number;
}

export const TRENDS = ['rising', 'falling', 'steady'] as const;
export type Trend = (typeof TRENDS)[number];

/** A value and when it was observed. */
export interface SeenEvidence {
  readonly at: Instant;
  readonly value: number;
}

/** What a rule found at one device of one station. All times but those of people are times of observation. */
export interface Alert {
  readonly id: number;
  readonly rule: string;
  readonly station: string;
  readonly device: string;
  readonly family: string;
  readonly property: string;
  readonly severity: Severity;
  readonly title: Text;
  /** Names of the channels that the rule asks for; undefined for all of them. */
  readonly channels: readonly string[] | undefined;
  readonly raise: number;
  readonly clear: number;
  readonly state: AlertState;
  /** The newest evidence, in the unit of the property. */
  readonly value: number;
  readonly observedAt: Instant;
  readonly trend: Trend;
  /** What the trend is measured from. */
  readonly anchor: SeenEvidence;
  /** Since when the condition lasts: the hold is counted from here. */
  readonly since: Instant;
  /** Undefined while pending, and for one that was over before its hold. */
  readonly firedAt: Instant | undefined;
  readonly resolvedAt: Instant | undefined;
  /**
   * True while people believe that it fires: a message about its firing was made, and none about its end. What is over under
   * a silence keeps it until the end is told; what was never told to fire is not told to be over.
   */
  readonly isNotified: boolean;
  /** Cause, and what to do, where the evidence is no reading. */
  readonly detail?: Text;
  /** Present exactly where the state is `closed`. */
  readonly closing?: Closing;
}

/** True for an alert that no longer stands, whether it is known to be over or not. */
export const hasEnded = ({ state }: Pick<Alert, 'state'>): boolean => state === 'resolved' || state === 'closed';

/** A step of an alert into another state, and the reading that caused it. */
export interface AlertChange {
  readonly alert: Alert;
  readonly receivedAt: Instant;
  /** Journal entry of that reading. */
  readonly sequence: number;
}

/** What a batch of readings makes of the alerts, before anything of it is committed. */
export interface Evaluated {
  /** Steps into another state, in order. */
  readonly changes: readonly AlertChange[];
  /** Every alert that was touched, as it is after the batch. */
  readonly alerts: readonly Alert[];
  /** Further lines of their history: of what is no step into another state. */
  readonly events?: readonly AlertEvent[];
}

/** Somebody has seen it and looks after it. */
export interface Acknowledgement {
  readonly at: Instant;
  readonly by: string | undefined;
  readonly note: string | undefined;
}

/** An alert with what people did about it. */
export interface AlertRecord extends Alert {
  readonly acknowledged: Acknowledgement | undefined;
}

/** Gravest severity first; of one severity, firing before pending, then the newest. */
export const worstFirst = <T extends Pick<Alert, 'id' | 'severity' | 'state'>>(alerts: readonly T[]): readonly T[] =>
  alerts.toSorted(
    (a, b) =>
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      ALERT_STATES.indexOf(b.state) - ALERT_STATES.indexOf(a.state) ||
      b.id - a.id,
  );

export const ALERT_EVENTS = [...ALERT_STATES, 'acknowledged', 'silenced', 'handed-over'] as const;

/** One line of an alert's history. */
export interface AlertEvent {
  readonly alert: number;
  readonly kind: (typeof ALERT_EVENTS)[number];
  /** When it was observed, or done. */
  readonly at: Instant;
  /** When the reading arrived, or when it was done. */
  readonly receivedAt: Instant;
  readonly value: number;
  /** Note of a person, or the reason. */
  readonly note: string | undefined;
  /** The person who did it; undefined where nobody did, or it is not known. */
  readonly by?: string | undefined;
}

/** A person mutes alerts of a station, of a rule, or of a rule at a station, for a time. */
export interface Silence {
  readonly id: number;
  readonly station: string | undefined;
  readonly rule: string | undefined;
  readonly from: Instant;
  readonly until: Instant;
  readonly reason: string;
}

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
export interface OutgoingMessage {
  /** The same for every attempt: by it a receiver knows a message that it has had already. */
  readonly key: string;
  readonly alert: number;
  readonly state: AlertState;
  readonly channel: string;
  readonly recipient: string;
  /** What the channel rendered. */
  readonly body: string;
  /** Arrival of the reading that caused it. */
  readonly receivedAt: Instant;
  readonly createdAt: Instant;
  /** True where only the newest counts: one that still waits for this recipient is not sent any more. */
  readonly isReplacing: boolean;
}

export const DELIVERY_STATES = ['waiting', 'delivered', 'failed', 'replaced', 'missed', 'withdrawn'] as const;
/**
 * `waiting`: queued. `delivered`: the channel accepted it. `missed`: given up within the limits of a message, and tried again as
 * long as it is of use. `failed`: given up. `withdrawn`: not sent, because it is of no use any more. `replaced`: not sent,
 * because a newer state was.
 */
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** A message in the outbox with what became of it. */
export interface Delivery extends Omit<OutgoingMessage, 'isReplacing'> {
  readonly id: number;
  readonly delivery: DeliveryState;
  /** True for one that was delivered with the mark of being late. */
  readonly isLate: boolean;
  readonly attempts: number;
  readonly deliveredAt: Instant | undefined;
  readonly lastError: string | undefined;
}

/** Result of the last tries to reach a recipient. */
export interface RecipientHealth {
  readonly channel: string;
  readonly recipient: string;
  /** Time of the last message that was accepted; undefined before the first one. */
  readonly acceptedAt: Instant | undefined;
  /** Time of the first failed try since then; undefined where the last try was accepted. */
  readonly failingSince: Instant | undefined;
  readonly lastError: string | undefined;
}

/** What a batch changes in alerting, committed with the cursor of watch. */
export interface AlertCommit {
  readonly alerts: readonly Alert[];
  readonly events: readonly AlertEvent[];
  readonly messages: readonly OutgoingMessage[];
  /** What is over grows old by this time, or by the newest arrival where that is earlier: a clock that leaps removes none. */
  readonly agedAt?: Instant;
}
