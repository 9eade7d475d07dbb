import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Network } from './network.ts';

/** How one field of a device's payload becomes a property: renamed, and brought to the property's unit. */
export interface FieldMapping {
  readonly property: string;
  /** Unit in which the device reports, when it is not the property's own (`model/readings/unit.ts`). */
  readonly unit?: string;
  /** Applied before the unit: `value × scale + offset`. */
  readonly scale?: number;
  readonly offset?: number;
}

/** From a date on, a device belongs to a station; the last assignment at or before a reading's time counts. */
export interface Assignment {
  readonly station: string;
  readonly from: Instant;
}

/** The unit with firmware and credentials; an MQTT client. */
export interface Device {
  /** `[a-z0-9][a-z0-9-]{0,62}`; not `alerts`, which is a topic, nor `operator`, which is a user. */
  readonly id: string;
  /** Name of the codec of its plain `readings` topic. */
  readonly codec: string;
  /** How often it is expected to report. */
  readonly every: Duration;
  /** Silence that is allowed to it, in place of three missed reports; for a device that sleeps. */
  readonly silentAfter?: Duration;
  /** Payload field → property; a field that is not listed keeps its name. */
  readonly fields: Readonly<Record<string, FieldMapping>>;
  /** Oldest first. */
  readonly assignments: readonly Assignment[];
  /** When it was first registered: a device that never spoke is silent from here on. */
  readonly registeredAt: Instant;
  readonly revoked: boolean;
  /** What its network server calls it: DevEUI in lower case, or device id of The Things Stack; its own id when absent. */
  readonly externalId?: string;
  /** The gateway that speaks for it; absent for a device that connects by itself. */
  readonly gateway?: string;
  /** How it is read and reached through its network server; absent where nothing was said. */
  readonly network?: Network;
  /** Present where a secret is not enough: it must show a client certificate. */
  readonly certificateOnly?: true;
}

/** The station that a device belonged to at an instant, or undefined before its first assignment. */
export const stationAt = (device: Device, at: Instant): string | undefined => {
  const { assignments } = device;
  for (let i = assignments.length - 1; i >= 0; i -= 1) {
    const assignment = assignments[i];
    if (assignment !== undefined && assignment.from <= at) return assignment.station;
  }
  return undefined;
};
