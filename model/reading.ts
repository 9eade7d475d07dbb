import type { Flag } from './flag.ts';
import type { Instant } from './instant.ts';

/** One value of one property at one time from one device: known, finite, at a plausible time, in the property's unit. */
export interface Reading {
  readonly device: string;
  readonly station: string;
  readonly family: string;
  readonly property: string;
  readonly value: number;
  readonly observedAt: Instant;
  readonly receivedAt: Instant;
  /** Whose clock `observedAt` is: the device's own, or that of the arrival where the device gave no time. */
  readonly timedBy: 'device' | 'arrival';
  /** The journal entry that it came in. */
  readonly sequence: number;
  /** Where it stood in the payload, as a JSON Pointer (RFC 6901): `/3/values/pm2_5`. */
  readonly place: string;
}

/** A reading with its quality flag. */
export interface Qualified extends Reading {
  readonly flag: Flag;
}
