import type { Batch, Identified, Identity } from '#ingest/batch.ts';
import type { DeviceWatermark } from '#storage/operations/storing.ts';
import type { Instant } from '#model/base/instant.ts';
import { ARRIVAL, readingAt, seriesAt } from '#model/readings/columns.ts';
import type { Entry } from '#model/readings/packet.ts';
import { type SessionOf, identityOf, mayBeAgain } from './identity.ts';
import { type Assigned, PastTimes } from './past-times.ts';

/** Facts about the past that the order of a batch goes by. */
export interface OrderSources extends Assigned {
  watermark(device: string): DeviceWatermark | undefined;
  readonly sessionOf: SessionOf;
}

/** The readings of a batch, as far as they are ordered. */
export type OrderedBatch = Pick<Batch, 'packets' | 'observations' | 'readings'>;

/** An observation with an identity, which may be a redelivery. */
interface KnownIdentity extends Identified {
  readonly isAgain: boolean;
}

/** One device in a batch. */
interface DeviceState {
  readonly watermark: DeviceWatermark;
  readonly past: PastTimes;
  /** Newest time so far. */
  newest: Instant;
  /** Some reading is not newer than all before it, or was there before: all of them are placed one by one. */
  isPlaced: boolean;
}

/** The devices of a batch, and the identities of its observations. */
export interface BatchOrder {
  readonly states: ReadonlyMap<string, DeviceState>;
  readonly known: readonly KnownIdentity[];
}

/** Looks at the observations of a batch, one after the other. */
class Ordering implements BatchOrder {
  readonly states = new Map<string, DeviceState>();
  readonly known: KnownIdentity[] = [];
  readonly #batch: OrderedBatch;
  readonly #sources: OrderSources;
  /** Identities without a time of this batch, by device and name. */
  readonly #arrived = new Set<string>();

  constructor(batch: OrderedBatch, sources: OrderSources) {
    this.#batch = batch;
    this.#sources = sources;
  }

  add(observation: number): void {
    const { observations, packets, readings } = this.#batch;
    const from = observations.start[observation] ?? 0;
    const observedAt = readings.observedAt[from] ?? 0;
    const state = this.#stateOf(seriesAt(readings, from).device);
    const id = observations.ids.get(observation);
    const hasIdentity = id !== undefined || readings.timedBy[from] === ARRIVAL;
    const entry = packets[observations.packet[observation] ?? -1]?.entry;
    const isThere = hasIdentity && entry !== undefined && this.#note(entry, observation, id, state);
    if (observedAt > state.newest && !isThere) state.newest = observedAt;
    else state.isPlaced = true;
  }

  /** Notes an identity; true where an observation without a time came under it before. With a time, its time tells. */
  #note(
    entry: Entry,
    observation: number,
    id: string | undefined,
    { watermark: { device }, past }: DeviceState,
  ): boolean {
    const { observations, readings } = this.#batch;
    const from = observations.start[observation] ?? 0;
    const to = observations.start[observation + 1] ?? from;
    const identity = identityOf(entry, readingAt(readings, from), id, this.#sources.sessionOf);
    if (identity === undefined) return false;
    const isAgain = mayBeAgain(entry, identity);
    this.known.push({ device, identity, from, to, isAgain });
    if (readings.timedBy[from] !== ARRIVAL) return false;
    const key = `${device}\t${identity.name}`;
    const isHere = this.#arrived.has(key);
    this.#arrived.add(key);
    return isAgain && (isHere || this.#isNoted(identity, from, to, past));
  }

  #isNoted(identity: Identity, from: number, to: number, past: PastTimes): boolean {
    for (let row = from; row < to; row += 1) {
      if (past.timeOf(identity, seriesAt(this.#batch.readings, row).property) !== undefined) return true;
    }
    return false;
  }

  #stateOf(device: string): DeviceState {
    let state = this.states.get(device);
    if (state === undefined) {
      const watermark = this.#sources.watermark(device) ?? { device, newest: 0, forgotten: 0 };
      state = { watermark, past: new PastTimes(device, this.#sources), newest: watermark.newest, isPlaced: false };
      this.states.set(device, state);
    }
    return state;
  }
}

/**
 * Looks at the readings of a batch in order of arrival, and tells the devices whose readings are simply new, each newer than
 * all before it, from those whose readings have to be placed.
 */
export const order = (batch: OrderedBatch, sources: OrderSources): BatchOrder => {
  const ordering = new Ordering(batch, sources);
  for (let observation = 0; observation < batch.observations.length; observation += 1) ordering.add(observation);
  return ordering;
};

/** True where every reading is simply new. */
export const isCalm = ({ states }: BatchOrder): boolean => states.values().every(({ isPlaced }) => !isPlaced);
