import { createHash } from 'node:crypto';
import type { QualifiedObservation, Settled } from '#ingest/batch.ts';
import type { DeviceMark, Pin } from '#ingest/operations/keep.ts';
import { hours } from '#model/duration.ts';
import type { Instant } from '#model/instant.ts';
import { type Qualified, isUndone } from '#model/reading.ts';

/** How long a reading without a time is recognised when it is sent again. */
const PINS_KEPT = hours(24);

/**
 * From which arrival on pins are kept when these are added; undefined when none are. By their stamps, so that what waited
 * for days is still told apart, but no later than by the careful clock: stamps of a clock that leapt ahead age nothing.
 */
export const pinsKeptSince = (added: readonly Pin[], careful: Instant): Instant | undefined => {
  if (added.length === 0) return undefined;
  const newest = added.reduce((latest, { receivedAt }) => Math.max(latest, receivedAt), Number.NEGATIVE_INFINITY);
  return Math.min(newest, careful) - PINS_KEPT.ms;
};

/** What is known of the past, before this batch. */
export interface Past {
  mark(device: string): DeviceMark | undefined;
  pin(device: string, identity: string): Pin | undefined;
}

/** What a batch adds to it: newest times per device, and pins of readings that had no time of their own. */
export class Present {
  readonly #past: Past;
  readonly #marks = new Map<string, DeviceMark>();
  readonly #pins = new Map<string, Pin>();

  constructor(past: Past) {
    this.#past = past;
  }

  mark(device: string): DeviceMark {
    let mark = this.#marks.get(device);
    if (mark === undefined) {
      mark = this.#past.mark(device) ?? { device, newest: 0, newestArrival: 0 };
      this.#marks.set(device, mark);
    }
    return mark;
  }

  setMark(mark: DeviceMark): void {
    this.#marks.set(mark.device, mark);
  }

  pin(device: string, identity: string): Pin | undefined {
    return this.#pins.get(`${device}\t${identity}`) ?? this.#past.pin(device, identity);
  }

  addPin(pin: Pin): void {
    this.#pins.set(`${pin.device}\t${pin.identity}`, pin);
  }

  marks(): readonly DeviceMark[] {
    return [...this.#marks.values()];
  }

  pins(): readonly Pin[] {
    return [...this.#pins.values()];
  }
}

/** By what an observation without a time is recognised again: its id, else its packet's bytes. */
const identityOf = ({ entry }: Settled, id: string | undefined): string =>
  id === undefined ? `sha256:${createHash('sha256').update(entry.payload).digest('base64url')}` : `id:${id}`;

/** A packet without an id is a redelivery only when its sender says so: equal bytes alone may be two calm minutes. */
const isRecognisable = ({ entry }: Settled, id: string | undefined): boolean => id !== undefined || entry.dup;

const atArrival = (settled: Settled, observation: QualifiedObservation, present: Present): number => {
  const { entry } = settled;
  const identity = identityOf(settled, observation.id);
  const known = isRecognisable(settled, observation.id) ? present.pin(entry.sender, identity) : undefined;
  if (known !== undefined) return known.observedAt;
  // two arrivals in one millisecond are two readings, not one and its revision
  const mark = present.mark(entry.sender);
  const least = isUndone(mark.newestArrival, entry.receivedAt) ? entry.receivedAt : mark.newestArrival + 1;
  const observedAt = Math.max(entry.receivedAt, least);
  present.setMark({ ...mark, newestArrival: observedAt });
  present.addPin({ device: entry.sender, identity, observedAt, receivedAt: entry.receivedAt });
  return observedAt;
};

/**
 * The readings of an observation with their final time. One that came without a time takes that of its arrival; when
 * it is a redelivery (same device and id, or a DUP packet of equal bytes within 24 hours), that of its first arrival.
 */
export const settleTime = (
  settled: Settled,
  observation: QualifiedObservation,
  present: Present,
): readonly Qualified[] => {
  const [first] = observation.readings;
  if (first === undefined || first.timedBy === 'device') return observation.readings;
  const observedAt = atArrival(settled, observation, present);
  return observation.readings.map((reading) => ({ ...reading, observedAt }));
};
