import type { CommandReply } from './commands.ts';
import type { Cursor } from './storing.ts';
import type { AlertCommit } from '#model/alerts/alert.ts';
import type { Flag } from '#model/readings/flag.ts';
import type { Instant } from '#model/base/instant.ts';
import type { TimedBy } from '#model/readings/reading.ts';

/** A value that the state of a station may follow (`model/readings/valid.ts`). */
export interface ValidValue {
  readonly value: number;
  readonly flag: Flag;
  readonly observedAt: Instant;
  readonly receivedAt: Instant;
}

/** The newest value of one property of one device, valid or not. */
export interface LatestValue extends ValidValue {
  readonly station: string;
  readonly device: string;
  readonly family: string;
  readonly property: string;
  readonly timedBy: TimedBy;
  /** The newest valid value, where the newest value is not valid and an earlier one was. */
  readonly valid?: ValidValue;
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

export interface AlertingCommit {
  readonly cursor: Cursor;
  readonly latest: readonly LatestValue[];
  readonly presence: readonly Presence[];
  readonly seen: readonly LastSeen[];
  /** Absent where the batch changes nothing in alerting. */
  readonly alerting?: AlertCommit;
  /** Answers of devices to commands; absent where there are none. */
  readonly replies?: readonly CommandReply[];
}

export interface AlertingRows {
  commitAlerted(batch: AlertingCommit): Promise<void>;
  latest(): readonly LatestValue[];
  presence(): ReadonlyMap<string, Presence>;
  lastSeen(): ReadonlyMap<string, Instant>;
}
