import type {
  Acknowledgement,
  Alert,
  AlertCommit,
  AlertEvent,
  AlertRecord,
  AlertState,
  Delivery,
  DeliveryNote,
  RecipientHealth,
  Silence,
} from '#model/alerts/alert.ts';
import type { Instant } from '#model/base/instant.ts';

export interface AlertQuery {
  readonly state: AlertState | undefined;
  readonly station: string | undefined;
  readonly severity: string | undefined;
  /** Newest first, behind this id. */
  readonly before: number | undefined;
  readonly limit: number;
}

/** Result of a try to reach a recipient. */
export interface ReachNote {
  readonly channel: string;
  readonly recipient: string;
  readonly at: Instant;
  readonly error: string | undefined;
}

/** Messages of a channel that are still to be sent. */
export interface OutboxCount {
  readonly channel: string;
  readonly delivery: 'waiting' | 'missed';
  readonly messages: number;
}

/** Alerts, their history, silences and the outbox. Alerts and messages are committed with the cursor of the alerting reader. */
export interface AlertRows {
  /** Newest first; without those that ended before they fired, about which no message was sent. */
  alerts(query: AlertQuery): readonly AlertRecord[];
  alert(id: number): AlertRecord | undefined;
  /** Pending and firing ones, oldest first and without a bound: what a restart goes on with. */
  standingAlerts(): readonly AlertRecord[];
  /** Ended alerts whose end was not announced yet. Oldest first. */
  deferredEnds(): readonly Alert[];
  /** An id that no alert ever had. */
  nextAlertId(): number;
  /** Oldest first. */
  alertEvents(alert: number): readonly AlertEvent[];
  /** Every message about an alert with what became of it, oldest first. */
  deliveries(alert: number): readonly Delivery[];
  /** Alerts about the system itself, which do not come from a batch of readings. */
  commitAlerts(commit: AlertCommit): Promise<void>;
  /** Undefined when there is no such alert. One that is acknowledged stays as it is. */
  acknowledgeAlert(id: number, acknowledgement: Acknowledgement): Promise<AlertRecord | undefined>;
  /** Those that have not ended by then, oldest first; all of the file when no time is given. */
  silences(endingAfter?: Instant): readonly Silence[];
  addSilence(silence: Omit<Silence, 'id'>): Promise<Silence>;
  /** The one that was removed, or undefined when there is none. */
  removeSilence(id: number): Promise<Silence | undefined>;
  /** The oldest waiting message of every channel and recipient. */
  outboxHeads(): readonly Delivery[];
  /** The missed message of every channel and recipient with the oldest try; without those that a silence mutes. */
  outboxMissed(now: Instant): readonly Delivery[];
  outboxCounts(): readonly OutboxCount[];
  /** True where this recipient got the message that the alert fires. */
  isNotified(message: Pick<Delivery, 'alert' | 'channel' | 'recipient'>): boolean;
  /** Notes what became of a message, and with it whether its recipient can be reached. */
  noteDelivery(note: DeliveryNote): Promise<void>;
  noteReached(note: ReachNote): Promise<void>;
  /** Every recipient that a message was tried for. */
  recipients(): readonly RecipientHealth[];
}
