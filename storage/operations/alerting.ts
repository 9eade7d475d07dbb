import { z } from 'zod';
import type { CommandReply } from './commands.ts';
import type { SeriesCourse } from '#model/quality/series-course.ts';
import type { Cursor } from './storing.ts';
import type { AlertCommit } from '#model/alerts/alert.ts';
import type { Instant } from '#model/base/instant.ts';
import { FlagNumber } from '#model/parameters.ts';
import { InstantMember } from '#model/base/document.ts';
import { TIMED_BY } from '#model/readings/reading.ts';

/** A value that the state of a station may follow (`model/readings/valid.ts`). */
export const ValidValue = z.object({
  value: z.number(),
  flag: FlagNumber,
  observedAt: InstantMember,
  receivedAt: InstantMember,
});
export type ValidValue = Readonly<z.infer<typeof ValidValue>>;

/** The newest value of one property of one device, valid or not. */
export const LatestValue = z.object({
  station: z.string(),
  device: z.string(),
  family: z.string(),
  property: z.string(),
  ...ValidValue.shape,
  timedBy: z.enum(TIMED_BY),
  /** The newest valid value, where the newest value is not valid and an earlier one was. */
  valid: ValidValue.exactOptional(),
});
export type LatestValue = Readonly<z.infer<typeof LatestValue>>;

export const PRESENCE_STATES = ['online', 'offline', 'unknown'] as const;
export type PresenceState = (typeof PRESENCE_STATES)[number];

export const Presence = z.object({
  device: z.string(),
  state: z.enum(PRESENCE_STATES),
  since: InstantMember,
  /** The connection that the state belongs to; an offline event of an older one does not count. */
  connection: z.number(),
});
export type Presence = Readonly<z.infer<typeof Presence>>;

/** A device's last sign of life of any kind. */
export const LastSeen = z.object({ device: z.string(), receivedAt: InstantMember });
export type LastSeen = Readonly<z.infer<typeof LastSeen>>;

export interface AlertingCommit {
  readonly cursor: Cursor;
  readonly latest: readonly LatestValue[];
  readonly presence: readonly Presence[];
  readonly seen: readonly LastSeen[];
  /** What the quality tests know of series; absent where the batch has no readings. */
  readonly courses?: readonly SeriesCourse[];
  /** Absent where the batch changes nothing in alerting. */
  readonly alerting?: AlertCommit;
  /** Answers of devices to commands; absent where there are none. */
  readonly replies?: readonly CommandReply[];
}

export interface AlertingRows {
  commitAlerted(batch: AlertingCommit): Promise<void>;
  /** The newest values of all stations, or of these. */
  latest(stations?: readonly string[]): readonly LatestValue[];
  /** Of all devices, or of these. */
  presence(devices?: readonly string[]): ReadonlyMap<string, Presence>;
  /** Of all devices, or of these. */
  lastSeen(devices?: readonly string[]): ReadonlyMap<string, Instant>;
}
