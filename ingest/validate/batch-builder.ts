import type { Batch, EntryRun, ObservationColumns, PreparedPacket } from '#ingest/batch.ts';
import type { ReadingColumns, Series } from '#model/readings/columns.ts';
import type { Target } from './device-view.ts';
import type { Instant } from '#model/base/instant.ts';

const longerInts = (column: Int32Array): Int32Array<ArrayBuffer> => {
  const longer = new Int32Array(column.length * 2);
  longer.set(column);
  return longer;
};

const longerDoubles = (column: Float64Array): Float64Array<ArrayBuffer> => {
  const longer = new Float64Array(column.length * 2);
  longer.set(column);
  return longer;
};

const longerBytes = (column: Uint8Array): Uint8Array<ArrayBuffer> => {
  const longer = new Uint8Array(column.length * 2);
  longer.set(column);
  return longer;
};

/** Members that the readings of one observation share. */
export interface ObservationHead {
  readonly observedAt: Instant;
  readonly receivedAt: Instant;
  /** Position in `TIMED_BY`. */
  readonly timedBy: number;
  readonly sequence: number;
  readonly id: string | undefined;
  /** Where its values stand in the payload, as a JSON Pointer. */
  readonly place: string;
}

/** A field of a shape: its series, and its step in the payload. */
type BuilderTarget = Pick<Target, 'series' | 'step'>;
type BuilderTargets = readonly (BuilderTarget | undefined)[];

const NO_TARGETS: BuilderTargets = [];

/** Fills the columns of a batch, packet by packet. */
export class BatchBuilder {
  readonly #packets: PreparedPacket[] = [];
  readonly #numbers = new Map<Series, number>();
  /** The numbers of the series of targets; −1 where there is none yet. */
  readonly #numbersOf = new Map<BuilderTargets, number[]>();
  readonly #seriesTable: Series[] = [];
  readonly #ids = new Map<number, string>();
  /** By observation. */
  readonly #places: string[] = [];
  readonly #targets: BuilderTargets[] = [];
  #start: Int32Array<ArrayBuffer>;
  #packet: Int32Array<ArrayBuffer>;
  #observations = 0;
  /** By reading. */
  #slot: Int32Array<ArrayBuffer>;
  #observation: Int32Array<ArrayBuffer>;
  #series: Int32Array<ArrayBuffer>;
  #value: Float64Array<ArrayBuffer>;
  #observedAt: Float64Array<ArrayBuffer>;
  #receivedAt: Float64Array<ArrayBuffer>;
  #sequence: Float64Array<ArrayBuffer>;
  #timedBy: Uint8Array<ArrayBuffer>;
  #missing: Uint8Array<ArrayBuffer>;
  #readings = 0;
  /** Targets of the current observation. */
  #of = NO_TARGETS;
  #ofNumbers: number[] = [];

  /** @param packets how many there will be, about */
  constructor(packets: number) {
    const observations = Math.max(16, packets + 1);
    const readings = observations * 6;
    this.#start = new Int32Array(observations);
    this.#packet = new Int32Array(observations);
    this.#slot = new Int32Array(readings);
    this.#observation = new Int32Array(readings);
    this.#series = new Int32Array(readings);
    this.#value = new Float64Array(readings);
    this.#observedAt = new Float64Array(readings);
    this.#receivedAt = new Float64Array(readings);
    this.#sequence = new Float64Array(readings);
    this.#timedBy = new Uint8Array(readings);
    this.#missing = new Uint8Array(readings);
  }

  /** Begins an observation with values for these targets. */
  begin(targets: BuilderTargets): void {
    let numbers = this.#numbersOf.get(targets);
    if (numbers === undefined) {
      numbers = targets.map(() => -1);
      this.#numbersOf.set(targets, numbers);
    }
    this.#of = targets;
    this.#ofNumbers = numbers;
  }

  /** Adds the value of one target to the observation that `end` will close. */
  add(slot: number, value: number): void {
    if (this.#readings === this.#value.length) this.#lengthen();
    const row = this.#readings;
    let number = this.#ofNumbers[slot] ?? -1;
    if (number === -1) number = this.#ofNumbers[slot] = this.#numberOf(slot);
    this.#series[row] = number;
    this.#value[row] = value;
    this.#slot[row] = slot;
    this.#readings += 1;
  }

  /** Adds a value that stands for a missing one. */
  addMissing(slot: number, value: number): void {
    this.add(slot, value);
    this.#missing[this.#readings - 1] = 1;
  }

  /** Closes the observation of the readings that were added since the last; nothing is left of one without readings. */
  end({ observedAt, receivedAt, timedBy, sequence, id, place }: ObservationHead): void {
    const from = this.#start[this.#observations] ?? 0;
    if (from === this.#readings) return;
    for (let row = from; row < this.#readings; row += 1) {
      this.#observation[row] = this.#observations;
      this.#observedAt[row] = observedAt;
      this.#receivedAt[row] = receivedAt;
      this.#sequence[row] = sequence;
      this.#timedBy[row] = timedBy;
    }
    this.#packet[this.#observations] = this.#packets.length;
    this.#places.push(place);
    this.#targets.push(this.#of);
    if (id !== undefined) this.#ids.set(this.#observations, id);
    this.#observations += 1;
    if (this.#observations === this.#start.length) {
      this.#start = longerInts(this.#start);
      this.#packet = longerInts(this.#packet);
    }
    this.#start[this.#observations] = this.#readings;
  }

  /** Closes the packet of the observations that were ended since the last. */
  packet(packet: PreparedPacket): void {
    this.#packets.push(packet);
  }

  batch(run: EntryRun): Batch {
    const [places, targets, observation, slot] = [this.#places, this.#targets, this.#observation, this.#slot];
    const placeOf = (row: number): string => {
      const of = observation[row] ?? -1;
      return (places[of] ?? '') + (targets[of]?.[slot[row] ?? -1]?.step ?? '');
    };
    const observations: ObservationColumns = {
      length: this.#observations,
      start: this.#start.subarray(0, this.#observations + 1),
      packet: this.#packet.subarray(0, this.#observations),
      ids: this.#ids,
    };
    const readings: ReadingColumns = {
      length: this.#readings,
      seriesTable: this.#seriesTable,
      series: this.#series.subarray(0, this.#readings),
      value: this.#value.subarray(0, this.#readings),
      observedAt: this.#observedAt.subarray(0, this.#readings),
      receivedAt: this.#receivedAt.subarray(0, this.#readings),
      sequence: this.#sequence.subarray(0, this.#readings),
      timedBy: this.#timedBy.subarray(0, this.#readings),
      missing: this.#missing.subarray(0, this.#readings),
      place: placeOf,
    };
    return { ...run, packets: this.#packets, observations, readings };
  }

  #numberOf(slot: number): number {
    const series = this.#of[slot]?.series;
    if (series === undefined) return -1;
    let number = this.#numbers.get(series);
    if (number === undefined) {
      number = this.#seriesTable.push(series) - 1;
      this.#numbers.set(series, number);
    }
    return number;
  }

  #lengthen(): void {
    this.#slot = longerInts(this.#slot);
    this.#observation = longerInts(this.#observation);
    this.#series = longerInts(this.#series);
    this.#value = longerDoubles(this.#value);
    this.#observedAt = longerDoubles(this.#observedAt);
    this.#receivedAt = longerDoubles(this.#receivedAt);
    this.#sequence = longerDoubles(this.#sequence);
    this.#timedBy = longerBytes(this.#timedBy);
    this.#missing = longerBytes(this.#missing);
  }
}
