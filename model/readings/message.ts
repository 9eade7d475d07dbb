import type { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import { pointerStep } from '#model/base/json-pointer.ts';

/** Values of one moment by the device's own field names, before any validation. */
export interface Observation {
  /** Time as the device gave it; undefined when it gave none. */
  readonly time: Instant | undefined;
  /** Milliseconds from the arrival of the packet to its time, where the device said it so; absent where there is a time, or none. */
  readonly sinceArrival?: number | undefined;
  /** The device's own number for this observation; tells a redelivery from news where there is no time. */
  readonly id: string | undefined;
  /** Place of its values in the payload, a JSON Pointer (RFC 6901): empty when flat, `/values`, `/3/values`. */
  readonly place: string;
  /** The way from there to a field, as a JSON Pointer; absent where each is one step of its own name. */
  readonly steps?: ReadonlyMap<string, string> | undefined;
  /** Field name → value; null and the text `nan` mean missing. */
  readonly values: ReadonlyMap<string, number | null>;
  /** Units that came with values, as UCUM codes; absent where there are none. */
  readonly units?: ReadonlyMap<string, string> | undefined;
  /** Names of values that came as `true` or `false`; absent where there are none. */
  readonly truths?: ReadonlySet<string> | undefined;
  /** Members of this observation that could not be read; their siblings stand. */
  readonly refused: readonly Refusal[];
}

/** One part of a packet that was refused, and where it stood. */
export interface Refusal {
  readonly place: string;
  readonly fault: Fault;
  /** Number of readings that were lost to it: the members of a refused observation, at least 1. */
  readonly readings: number;
}

/** Number of readings that were lost to refusals. */
export const lostTo = (refused: readonly Refusal[]): number => refused.reduce((sum, { readings }) => sum + readings, 0);

/** Names of fields that come together: one object for all messages of a device that has them in this order. */
export interface Shape {
  readonly names: readonly string[];
  /** The way to each in the message, as a JSON Pointer; absent where each is one step of its own name. */
  readonly steps?: readonly string[] | undefined;
  /** The unit that came with each, as a UCUM code; absent where there are none. */
  readonly units?: readonly (string | undefined)[] | undefined;
}

/** The way to a field of a shape, as a JSON Pointer. */
export const stepIn = ({ names, steps }: Shape, field: number): string =>
  steps?.[field] ?? pointerStep(names[field] ?? '');

/** A message of one observation, of which every member could be read. */
export interface PlainMessage extends Pick<Observation, 'time' | 'id' | 'place'> {
  readonly shape: Shape;
  /** One value for each name of the shape; NaN means missing. Valid until the next message of the device is read. */
  readonly numbers: ArrayLike<number>;
}

/** A decoded packet. Observations stand or fall each on its own. */
export interface Message {
  readonly observations: readonly Observation[];
  /** Whole observations that could not be read. */
  readonly refused: readonly Refusal[];
}
