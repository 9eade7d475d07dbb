import type { AssignedTime, TimedProperties } from '#storage/operations/storing.ts';
import type { Identity } from '#ingest/batch.ts';
import type { Instant } from '#model/base/instant.ts';
import { atTime } from './identity.ts';

/** Assigned times as they were before a batch. */
export interface Assigned {
  hasAssigned(device: string): boolean;
  assignedTo(device: string, identity: string): AssignedTime | undefined;
  assignedFrom(device: string, beginning: string): readonly AssignedTime[];
}

/** The properties that identities of one time hold. */
interface HeldTime {
  /** At this very time. */
  readonly properties: ReadonlySet<string>;
  /** Moved to a later one. */
  readonly moved: readonly TimedProperties[];
}

const NOTHING_HELD: HeldTime = { properties: new Set(), moved: [] };

const heldAt = (time: Instant, rows: readonly AssignedTime[]): HeldTime => {
  const times = rows.flatMap((row) => row.times);
  return {
    properties: new Set(times.flatMap(({ observedAt, properties }) => (observedAt === time ? properties : []))),
    moved: times.filter(({ observedAt }) => observedAt !== time),
  };
};

/** Times that were assigned to readings of one device before this batch: each is asked for once. */
export class PastTimes {
  readonly #device: string;
  readonly #assigned: Assigned;
  readonly #rows = new Map<string, AssignedTime | undefined>();
  readonly #held = new Map<Instant, HeldTime>();
  #hasAny: boolean | undefined;

  constructor(device: string, assigned: Assigned) {
    this.#device = device;
    this.#assigned = assigned;
  }

  /** True for nearly every device that sends times and no ids: nothing further is asked then. */
  get isEmpty(): boolean {
    return !(this.#hasAny ??= this.#assigned.hasAssigned(this.#device));
  }

  /** The time that a property has under an identity. */
  timeOf({ name, content }: Identity, property: string): Instant | undefined {
    if (this.isEmpty) return undefined;
    if (!this.#rows.has(name)) this.#rows.set(name, this.#assigned.assignedTo(this.#device, name));
    const row = this.#rows.get(name);
    if (row?.content !== content) return undefined;
    return row.times.find(({ properties }) => properties.includes(property))?.observedAt;
  }

  /** Properties and times that are held by readings which came with this time. */
  heldAt(time: Instant): HeldTime {
    if (this.isEmpty) return NOTHING_HELD;
    let held = this.#held.get(time);
    if (held === undefined) {
      held = heldAt(time, this.#assigned.assignedFrom(this.#device, atTime(time)));
      this.#held.set(time, held);
    }
    return held;
  }
}
