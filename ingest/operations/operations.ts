import type {
  Acknowledgement,
  Alert,
  AlertCommit,
  AlertEvent,
  AlertRecord,
  AlertState,
  Delivery,
  Silence,
} from '#model/alert.ts';
import type { Flag } from '#model/flag.ts';
import type { Command, CommandState, ReplyOutcome } from '#model/command.ts';
import type { ConfigChange } from '#model/device-config.ts';
import type { FaultCode } from '#model/fault.ts';
import type { Gateway } from '#model/gateway.ts';
import type { Duration } from '#model/duration.ts';
import type { Instant } from '#model/instant.ts';
import type { Registry } from '#model/registry.ts';
import type { Gap } from '#model/silence.ts';
import type { Device, Station } from '#model/station.ts';

/**
 * The rows that operating needs: registry, cursors, ledger, quarantine, last values. One SQLite file by default; every
 * change is one transaction that is on disk when its promise resolves.
 */
export interface Operations
  extends RegistryRows,
    KeepRows,
    WatchRows,
    AlertRows,
    LedgerRows,
    QuarantineRows,
    ReplayRows,
    VigilRows,
    CommandRows {
  /** Writes everything as it is now into a file of its own; changes that come meanwhile are not in it. */
  copy(path: string): Promise<void>;
  stop(): Promise<void>;
}

// ── registry ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface RegistryRows {
  registry(): Registry;
  /** Makes the changes in one transaction, all or none, and gives the new registry. */
  changeRegistry(changes: readonly RegistryChange[]): Promise<Registry>;
  /** Hashes of the secrets that are valid for a device; none when it is unknown or revoked. */
  secretHashes(device: string, now: Instant): readonly Uint8Array[];
  /** The device that a claim code of this hash was made for, while it is valid. */
  claimed(hash: Uint8Array, now: Instant): string | undefined;
}

/** Two secrets are valid at a time, so that one can be rotated without silence: the newest, and for a time the one before. */
export type RegistryChange =
  | { readonly kind: 'put-station'; readonly station: Station }
  | { readonly kind: 'remove-station'; readonly station: string }
  | { readonly kind: 'put-device'; readonly device: Device }
  | { readonly kind: 'remove-device'; readonly device: string }
  | { readonly kind: 'add-secret'; readonly device: string; readonly hash: Uint8Array; readonly at: Instant }
  /** Leaves the newest secret alone valid. */
  | { readonly kind: 'finish-rotation'; readonly device: string }
  | { readonly kind: 'revoke'; readonly device: string }
  /** In place of the claim code that the device had. */
  | { readonly kind: 'put-claim'; readonly device: string; readonly hash: Uint8Array; readonly until: Instant }
  | { readonly kind: 'remove-claim'; readonly device: string }
  | { readonly kind: 'put-gateway'; readonly gateway: Gateway }
  /** Beside the one before, as with devices. */
  | { readonly kind: 'add-gateway-secret'; readonly gateway: string; readonly hash: Uint8Array; readonly at: Instant }
  | { readonly kind: 'revoke-gateway'; readonly gateway: string };

// ── keep: cursor, intent, commit ─────────────────────────────────────────────────────────────────────────────────────

export type ReaderName = 'keep' | 'watch';

/** How far a reader has come: everything up to and including `sequence` of this journal is done. */
export interface Cursor {
  readonly journal: string;
  readonly sequence: number;
}

export const VERDICTS = ['new', 'duplicate', 'revised'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Written before the store is touched: a restart repeats exactly this range with exactly these verdicts. */
export interface Intent {
  readonly journal: string;
  readonly from: number;
  readonly to: number;
  /** Of those readings that needed a look-up, by `sequence` and `place`. */
  readonly verdicts: readonly LookedUp[];
}

/** An intent that was never fulfilled. */
export interface OpenIntent extends Intent {
  /** The registry that it was made with, where that has been changed since; undefined where it is still the same. */
  readonly registry: Registry | undefined;
}

export interface LookedUp {
  readonly sequence: number;
  readonly place: string;
  readonly verdict: Verdict;
}

/** What is known of a device's past without asking the store. */
export interface DeviceMark {
  readonly device: string;
  /** Newest observed-at of any stored reading of the device: later ones need no look-up. */
  readonly newest: Instant;
  /** Newest time that was given to a reading without a time of its own. */
  readonly newestArrival: Instant;
}

/** A reading without a time is recognised by its id or its bytes; it keeps the time of its first arrival. */
export interface Pin {
  readonly device: string;
  /** `id:…` or `sha256:…` */
  readonly identity: string;
  readonly observedAt: Instant;
  readonly receivedAt: Instant;
}

/** Everything that one batch changes, in one transaction with the cursor. */
export interface KeepCommit {
  readonly cursor: Cursor;
  readonly messages: readonly MessageCount[];
  readonly readings: readonly ReadingCount[];
  readonly rows: readonly RowChange[];
  readonly quarantined: readonly QuarantinedPacket[];
  readonly marks: readonly DeviceMark[];
  readonly pins: readonly Pin[];
}

export interface KeepRows {
  cursor(reader: ReaderName): Cursor | undefined;
  /** The intent of a batch that was never committed. */
  intent(): OpenIntent | undefined;
  intend(intent: Intent): Promise<void>;
  commit(batch: KeepCommit): Promise<void>;
  mark(device: string): DeviceMark | undefined;
  pin(device: string, identity: string): Pin | undefined;
}

// ── watch ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The newest value of one property of one device. */
export interface LatestValue {
  readonly station: string;
  readonly device: string;
  readonly family: string;
  readonly property: string;
  readonly value: number;
  readonly flag: Flag;
  readonly observedAt: Instant;
  readonly receivedAt: Instant;
  readonly timedBy: 'device' | 'arrival';
}

export const PRESENCE_STATES = ['online', 'offline', 'unknown'] as const;
export type PresenceState = (typeof PRESENCE_STATES)[number];

export interface Presence {
  readonly device: string;
  readonly state: PresenceState;
  readonly since: Instant;
  /** The connection that the state belongs to; an offline event of an older one does not count. */
  readonly connection: number;
}

/** A device's last sign of life of any kind. */
export interface LastSeen {
  readonly device: string;
  readonly receivedAt: Instant;
}

export interface WatchCommit {
  readonly cursor: Cursor;
  readonly latest: readonly LatestValue[];
  readonly presence: readonly Presence[];
  readonly seen: readonly LastSeen[];
  /** Absent where the batch changes nothing in alerting. */
  readonly alerting?: AlertCommit;
  /** Answers of devices to commands; absent where there are none. */
  readonly replies?: readonly CommandReply[];
}

export interface WatchRows {
  watched(batch: WatchCommit): Promise<void>;
  latest(): readonly LatestValue[];
  presence(): ReadonlyMap<string, Presence>;
  lastSeen(): ReadonlyMap<string, Instant>;
}

// ── vigil ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** When devices could be heard: what a silence is measured by. */
export interface VigilRows {
  listening(): {
    /** Until when it is known that somebody listened; undefined before the first time. */
    readonly until: Instant | undefined;
    /** In order, without overlap. */
    readonly gaps: readonly Gap[];
  };
  noteListening(until: Instant, gap?: Gap): Promise<void>;
  clockNotes(): readonly ClockNote[];
  /** Writes what is thought of clocks; what stands of devices that are not registered any more goes. */
  noteClocks(notes: readonly ClockNote[]): Promise<void>;
}

/** What is thought of a device's clock, as it outlives a restart. */
export interface ClockNote {
  readonly device: string;
  /** How far it is ahead; undefined where its times are refused. */
  readonly ahead: Duration | undefined;
  readonly refusedAt: Instant | undefined;
}

// ── commands and configs ─────────────────────────────────────────────────────────────────────────────────────────────

/** An answer as it stands in the journal. */
export interface CommandReply {
  readonly device: string;
  readonly id: string;
  readonly at: Instant;
  readonly outcome: ReplyOutcome;
  readonly payload: Uint8Array;
}

/** A command that is not at its end, beside what is known of its device's connection. */
export interface OpenCommand extends Command {
  /** Number of the connection that was up when it was sent; -1 where none was. */
  readonly sentTo: number;
  /** Number of the connection that is up, since when; undefined while the device is not there. */
  readonly connection: { readonly number: number; readonly since: Instant } | undefined;
}

export interface CommandQuery {
  readonly device: string;
  readonly state: CommandState | undefined;
  /** Newest first, behind this number. */
  readonly before: number | undefined;
  readonly limit: number;
}

export type NewCommand = Pick<Command, 'id' | 'device' | 'name' | 'arguments' | 'by' | 'createdAt' | 'expiresAt'>;

/** What was sent down to devices, by whom, and what came of it. Replies come with the cursor of watch, in `watched`. */
export interface CommandRows {
  /** Undefined, and nothing added, when so many commands of the device are open already. */
  addCommand(command: NewCommand, mostOpen: number): Promise<Command | undefined>;
  command(device: string, id: string): Command | undefined;
  commands(query: CommandQuery): readonly Command[];
  /** Oldest first. */
  openCommands(): readonly OpenCommand[];
  /** The broker took it. One that has come further meanwhile stays there. */
  commandSent(id: string, at: Instant, sentTo: number): Promise<void>;
  /** Ends open commands whose time has run out, and gives them. */
  expireCommands(now: Instant): Promise<readonly Command[]>;
  /** Removes commands that ended before this instant, at most so many; gives how many. */
  purgeCommands(before: Instant, limit: number): Promise<number>;
  /** Newest first. */
  configChanges(device: string, limit: number): readonly ConfigChange[];
  /** The config of every device that has one. */
  configs(): readonly ConfigChange[];
  /** Puts a config in place of the one before, which stays in the history. */
  addConfig(change: Omit<ConfigChange, 'revision'>): Promise<ConfigChange>;
}

// ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface AlertQuery {
  readonly state: AlertState | undefined;
  readonly station: string | undefined;
  readonly severity: string | undefined;
  /** Newest first, behind this id. */
  readonly before: number | undefined;
  readonly limit: number;
}

/** What became of one try at a message. */
export interface DeliveryNote {
  readonly id: number;
  /** `waiting`: it is tried again. A message that was replaced meanwhile stays so. */
  readonly delivery: 'delivered' | 'failed' | 'waiting';
  readonly at: Instant;
  /** Undefined when it was delivered. */
  readonly error: string | undefined;
}

/** Alerts, their history, silences and the outbox. Alerts and messages come with the cursor of watch, in `watched`. */
export interface AlertRows {
  /** Newest first; without those that were over before they fired: nobody was told of them. */
  alerts(query: AlertQuery): readonly AlertRecord[];
  alert(id: number): AlertRecord | undefined;
  /** Pending and firing ones, oldest first: what a restart goes on with. */
  standingAlerts(): readonly Alert[];
  /** An id that no alert ever had. */
  nextAlertId(): number;
  /** Oldest first. */
  alertEvents(alert: number): readonly AlertEvent[];
  /** Every message about an alert with what became of it, oldest first. */
  deliveries(alert: number): readonly Delivery[];
  /** Alerts about the system itself: they come by no batch of watch. */
  commitAlerts(commit: AlertCommit): Promise<void>;
  /** Undefined when there is no such alert. One that is acknowledged stays as it is. */
  acknowledgeAlert(id: number, acknowledgement: Acknowledgement): Promise<AlertRecord | undefined>;
  /** Those that have not ended by then, oldest first; all of the file when no time is given. */
  silences(endingAfter?: Instant): readonly Silence[];
  addSilence(silence: Omit<Silence, 'id'>): Promise<Silence>;
  /** The one that was removed, or undefined when there is none. */
  removeSilence(id: number): Promise<Silence | undefined>;
  /** Of every channel and recipient the oldest message that waits. */
  outboxHeads(): readonly Delivery[];
  noteDelivery(note: DeliveryNote): Promise<void>;
}

// ── ledger ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Messages by sender and hour of arrival; added to what the ledger holds. */
export interface MessageCount {
  readonly journal: string;
  readonly device: string;
  readonly hour: number;
  readonly processed: number;
  readonly quarantined: number;
  readonly discarded: number;
}

/** Readings by device and hour of arrival; added. `decoded = stored + duplicates + refused`. */
export interface ReadingCount {
  readonly journal: string;
  readonly device: string;
  readonly hour: number;
  readonly decoded: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: number;
  /** Of the stored ones, those that replaced an earlier value. */
  readonly revised: number;
  /** Members that said "no value": read, but no reading. */
  readonly missing: number;
}

/** Rows by store, device, property and observed hour; added. The store must hold `stored − revised`. */
export interface RowChange {
  readonly store: string;
  readonly device: string;
  readonly property: string;
  readonly hour: number;
  readonly stored: number;
  readonly revised: number;
}

export interface LedgerQuery {
  readonly device: string | undefined;
  /** Whole hours since 1970, inclusive. */
  readonly fromHour: number;
  readonly toHour: number;
}

export interface LedgerRows {
  messageCounts(query: LedgerQuery): readonly MessageCount[];
  readingCounts(query: LedgerQuery): readonly ReadingCount[];
  /** First and last observed hour of which rows are expected; undefined when there are none. */
  rowSpan(store: string): { readonly fromHour: number; readonly toHour: number } | undefined;
  /** Expected rows of one store, in the order device, property, hour. */
  rowCounts(store: string, fromHour: number, toHour: number): Iterable<RowChange>;
}

// ── quarantine ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A packet of which at least one part was refused; the quarantine owns a copy of its bytes. */
export interface QuarantinedPacket {
  readonly journal: string;
  readonly sequence: number;
  readonly device: string;
  readonly topic: string;
  readonly receivedAt: Instant;
  readonly codec: string;
  /** Version of the codec that refused it. */
  readonly codecVersion: number;
  /** Its sender said that it had sent these bytes before. */
  readonly dup: boolean;
  readonly payload: Uint8Array;
  readonly parts: readonly QuarantinedPart[];
}

export interface QuarantinedPart {
  /** JSON Pointer into the payload; empty when the packet as a whole was refused. */
  readonly place: string;
  readonly code: FaultCode;
  readonly detail: string;
  /** How many readings were lost to it. */
  readonly readings: number;
  /** How many further places were refused for which no part of their own is kept; their readings are among these. */
  readonly further: number;
}

export const QUARANTINE_STATES = ['open', 'replayed', 'discarded'] as const;
export type QuarantineState = (typeof QUARANTINE_STATES)[number];

export interface QuarantineEntry extends QuarantinedPacket {
  readonly id: number;
  readonly state: QuarantineState;
}

/** A packet in a list: its first bytes only. */
export interface QuarantineSummary extends Omit<QuarantineEntry, 'payload'> {
  /** Length of the payload. */
  readonly bytes: number;
  readonly preview: Uint8Array;
}

export const QUARANTINE_ACTIONS = ['replayed', 'refused-again', 'discarded'] as const;

/** What was done about a packet in quarantine. */
export interface QuarantineEvent {
  readonly at: Instant;
  readonly action: (typeof QUARANTINE_ACTIONS)[number];
  /** In words: the reason of a discard, what a replay came to. */
  readonly note: string;
}

export interface QuarantineQuery {
  readonly device: string | undefined;
  readonly code: string | undefined;
  readonly state: QuarantineState | undefined;
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
  /** Newest first, behind this id. */
  readonly before: number | undefined;
  readonly limit: number;
}

/** Which open packets are meant; all of them when nothing is said. */
export interface QuarantineChoice {
  readonly ids: readonly number[] | undefined;
  readonly device: string | undefined;
  readonly code: string | undefined;
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
}

export interface QuarantineRows {
  quarantine(query: QuarantineQuery): readonly QuarantineSummary[];
  quarantined(id: number): QuarantineEntry | undefined;
  /** What was done about a packet, oldest first. */
  quarantineEvents(id: number): readonly QuarantineEvent[];
  /** Ids of the chosen packets that are open, ascending, behind one. */
  openQuarantine(choice: QuarantineChoice, after: number, limit: number): readonly number[];
  /** Which journal entries of a sender stand open in quarantine. */
  openSequences(journal: string, device: string): ReadonlySet<number>;
  /** How many packets wait for a replay or a discard. */
  openPackets(): number;
  /** Bytes of payload, whatever the state of their packets. */
  quarantineBytes(): number;
  /**
   * Closes open packets without storing anything of them, and moves their count in the hour of their arrival from
   * quarantined to discarded. Gives how many there were.
   */
  discard(ids: readonly number[], reason: string, at: Instant): Promise<number>;
  /** Removes packets that were closed before this instant, at most so many; gives how many. */
  purgeQuarantine(before: Instant, limit: number): Promise<number>;
}

// ── replay ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What became of one packet of the quarantine in a replay. */
export interface ReplayOutcome {
  readonly id: number;
  /** Still refused; when there are none, the packet is done with. */
  readonly parts: readonly QuarantinedPart[];
  readonly codec: string;
  readonly codecVersion: number;
  readonly note: string;
}

/** Everything that a step of a replay changes, in one transaction. */
export interface ReplayCommit extends Omit<KeepCommit, 'cursor' | 'quarantined'> {
  readonly outcomes: readonly ReplayOutcome[];
  readonly at: Instant;
}

/** A replay writes down what it is about to do, as keep does, and a restart does exactly that first. */
export interface ReplayRows {
  /** The step that was begun and never committed, as it was planned. */
  replayPlan(): unknown;
  /** Puts a plan down before the store is touched. */
  planReplay(plan: object): Promise<void>;
  /** Numbers that no replay has had: the first of so many. */
  takeReplayNumbers(count: number): Promise<number>;
  /** Commits what came of the plan, and forgets it. */
  commitReplay(commit: ReplayCommit): Promise<void>;
}
