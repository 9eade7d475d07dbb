import type { Identified, Identity, ReadObservation, PreparedPacket } from '#ingest/batch.ts';
import type { DeviceWatermark } from '#storage/operations/storing.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Reading } from '#model/readings/reading.ts';
import { type SessionOf, identityOf, mayBeAgain } from './identity.ts';
import { type Assigned, PastTimes } from './past-times.ts';

/** Facts about the past that the order of a batch goes by. */
export interface OrderSources extends Assigned {
  mark(device: string): DeviceWatermark | undefined;
  readonly sessionOf: SessionOf;
}

/** An observation with an identity, which may be a redelivery. */
interface KnownIdentity extends Identified {
  readonly isAgain: boolean;
}

/** One device in a batch. */
interface DeviceState {
  readonly mark: DeviceWatermark;
  readonly past: PastTimes;
  /** Newest time so far. */
  newest: Instant;
  /** Some reading is not newer than all before it, or was there before: all of them are placed one by one. */
  isPlaced: boolean;
}

/** The readings of a batch, and which of them have to be placed. */
export interface OrderedReadings {
  /** With the times that they came with, in order of arrival. */
  readonly readings: readonly Reading[];
  /** Position of the first reading of each observation. */
  readonly starts: readonly number[];
  readonly states: ReadonlyMap<string, DeviceState>;
  readonly known: readonly KnownIdentity[];
}

/** Lays observations out, one after the other. */
class BatchOrder implements OrderedReadings {
  readonly readings: Reading[] = [];
  readonly starts: number[] = [];
  readonly states = new Map<string, DeviceState>();
  readonly known: KnownIdentity[] = [];
  readonly #sources: OrderSources;
  /** Identities without a time of this batch, by device and name. */
  readonly #arrived = new Set<string>();

  constructor(sources: OrderSources) {
    this.#sources = sources;
  }

  add(packet: PreparedPacket, observation: ReadObservation): void {
    const [first] = observation.readings;
    if (first === undefined) return;
    const state = this.#stateOf(first.device);
    const hasIdentity = observation.id !== undefined || first.timedBy === 'arrival';
    const identity = hasIdentity ? identityOf(packet, observation, this.#sources.sessionOf) : undefined;
    const isThere = identity !== undefined && this.#note(packet, observation, identity, state);
    if (first.observedAt > state.newest && !isThere) state.newest = first.observedAt;
    else state.isPlaced = true;
    this.starts.push(this.readings.length);
    for (const reading of observation.readings) this.readings.push(reading);
  }

  /** Notes an identity; true where an observation without a time came under it before. With a time, its time tells. */
  #note(
    { entry }: PreparedPacket,
    { readings }: ReadObservation,
    identity: Identity,
    { mark, past }: DeviceState,
  ): boolean {
    const { device } = mark;
    const from = this.readings.length;
    const isAgain = mayBeAgain(entry, identity);
    this.known.push({ device, identity, from, to: from + readings.length, isAgain });
    if (readings[0]?.timedBy !== 'arrival') return false;
    const key = `${device}\t${identity.name}`;
    const isHere = this.#arrived.has(key);
    this.#arrived.add(key);
    return isAgain && (isHere || readings.some(({ property }) => past.timeOf(identity, property) !== undefined));
  }

  #stateOf(device: string): DeviceState {
    let state = this.states.get(device);
    if (state === undefined) {
      const mark = this.#sources.mark(device) ?? { device, newest: 0, forgotten: 0 };
      state = { mark, past: new PastTimes(device, this.#sources), newest: mark.newest, isPlaced: false };
      this.states.set(device, state);
    }
    return state;
  }
}

/**
 * Lays the readings out in order of arrival, and tells the devices whose readings are simply new, each newer than all before
 * it, from those whose readings have to be placed.
 */
export const order = (batch: readonly PreparedPacket[], sources: OrderSources): OrderedReadings => {
  const ordered = new BatchOrder(sources);
  for (const packet of batch) {
    for (const observation of packet.observations) ordered.add(packet, observation);
  }
  return ordered;
};

/** True where every reading is simply new. */
export const isCalm = ({ states }: OrderedReadings): boolean => states.values().every(({ isPlaced }) => !isPlaced);
