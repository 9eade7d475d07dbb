import { type Duration, minutes } from '#model/base/duration.ts';
import type { Flag } from './flag.ts';
import type { Instant } from '#model/base/instant.ts';

/** 2020-01-01T00:00:00Z: an older time is that of a clock which was never set. */
export const EARLIEST: Instant = 1_577_836_800_000;

/** The most by which the time of a reading may be ahead of its arrival: clocks of devices are seldom right to the minute. */
export const AHEAD: Duration = minutes(10);

/**
 * True for a time of observation that nothing which arrived by now can have: it was taken over while the clock of this
 * machine was ahead, and that clock has been set back since. Nothing new may be held against it.
 */
export const isUndone = (noted: Instant, receivedAt: Instant): boolean => noted > receivedAt + AHEAD.ms;

/**
 * Where the observed-at of a reading comes from: the device's own clock; the arrival, as the device gave no time; or the
 * device's clock, moved to the next free millisecond because another reading holds the one that it gave. The store holds
 * the position in this list.
 */
export const TIMED_BY = ['device', 'arrival', 'shifted'] as const;
export type TimedBy = (typeof TIMED_BY)[number];

/** One value of one property at one time from one device: known, finite, at a plausible time, in the property's unit. */
export interface Reading {
  readonly device: string;
  readonly station: string;
  readonly family: string;
  readonly property: string;
  readonly value: number;
  readonly observedAt: Instant;
  readonly receivedAt: Instant;
  readonly timedBy: TimedBy;
  /** The journal entry that it came in. */
  readonly sequence: number;
  /** Where it stood in the payload, as a JSON Pointer (RFC 6901): `/3/values/pm2_5`. */
  readonly place: string;
}

/** A reading with its quality flag. */
export interface Qualified extends Reading {
  readonly flag: Flag;
  /** The flags of all quality tests, packed (`model/quality/quality-tests.ts`). */
  readonly tests: number;
}
