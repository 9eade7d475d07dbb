import type { Classified, PreparedPacket } from '#ingest/batch.ts';
import type { Classification } from '#storage/operations/storing.ts';
import type { MessageCount, ReadingCount, RowChange } from '#storage/operations/ledger.ts';
import { hourOf } from '#model/base/instant.ts';
import type { Qualified } from '#model/readings/reading.ts';

export interface BatchCounts {
  readonly messages: readonly MessageCount[];
  readonly readings: readonly ReadingCount[];
  readonly rows: readonly RowChange[];
}

type MutableCounts<T> = { -readonly [K in keyof T]: T[K] };

/** Counters, one per device and hour; consecutive readings mostly share theirs, so the last is remembered. */
class Tally<T> {
  readonly #byKey = new Map<string, T>();
  readonly #make: (device: string, hour: number) => T;
  #lastDevice = '';
  #lastHour = Number.NaN;
  #last: T | undefined;

  constructor(make: (device: string, hour: number) => T) {
    this.#make = make;
  }

  at(device: string, hour: number): T {
    if (this.#last !== undefined && hour === this.#lastHour && device === this.#lastDevice) return this.#last;
    const key = `${device}\t${hour}`;
    let counter = this.#byKey.get(key);
    if (counter === undefined) {
      counter = this.#make(device, hour);
      this.#byKey.set(key, counter);
    }
    this.#lastDevice = device;
    this.#lastHour = hour;
    this.#last = counter;
    return counter;
  }

  all(): readonly T[] {
    return [...this.#byKey.values()];
  }
}

/** Rows of one device in one observed hour, by property. */
class RowTally {
  readonly #byProperty = new Map<string, MutableCounts<RowChange>>();
  readonly #of: Omit<RowChange, 'property'>;

  constructor(store: string, device: string, hour: number) {
    this.#of = { store, device, hour, stored: 0, revised: 0 };
  }

  at(property: string): MutableCounts<RowChange> {
    let row = this.#byProperty.get(property);
    if (row === undefined) {
      row = { ...this.#of, property };
      this.#byProperty.set(property, row);
    }
    return row;
  }

  all(): readonly RowChange[] {
    return [...this.#byProperty.values()];
  }
}

/** What the ledger counts in a batch; `rejected` are positions in `judged.readings` that the store refused for good. */
export const count = (
  journal: string,
  store: string,
  batch: readonly PreparedPacket[],
  classified: Classified,
  rejected: ReadonlySet<number>,
): BatchCounts => {
  const messages = new Tally(
    (device, hour): MutableCounts<MessageCount> => ({
      journal,
      device,
      hour,
      processed: 0,
      quarantined: 0,
      discarded: 0,
    }),
  );
  const readings = new Tally(
    (device, hour): MutableCounts<ReadingCount> => ({
      ...{ journal, device, hour, decoded: 0, stored: 0, duplicates: 0, refused: 0, revised: 0, missing: 0 },
    }),
  );
  const rows = new Tally((device, hour) => new RowTally(store, device, hour));
  const rejectedEntries = new Set([...rejected].map((position) => classified.readings[position]?.sequence));

  for (const { entry, refused, missing } of batch) {
    const hour = hourOf(entry.receivedAt);
    const isQuarantined = refused.length > 0 || rejectedEntries.has(entry.sequence);
    messages.at(entry.sender, hour)[isQuarantined ? 'quarantined' : 'processed'] += 1;
    const lost = refused.reduce((sum, part) => sum + part.readings, 0);
    if (lost === 0 && missing === 0) continue;
    const counter = readings.at(entry.sender, hour);
    counter.decoded += lost;
    counter.refused += lost;
    counter.missing += missing;
  }

  const countReading = (reading: Qualified, classification: Classification, isRejected: boolean): void => {
    const counter = readings.at(reading.device, hourOf(reading.receivedAt));
    counter.decoded += 1;
    if (isRejected) {
      counter.refused += 1;
    } else if (classification === 'duplicate') {
      counter.duplicates += 1;
    } else {
      const row = rows.at(reading.device, hourOf(reading.observedAt)).at(reading.property);
      counter.stored += 1;
      row.stored += 1;
      if (classification === 'revised') {
        counter.revised += 1;
        row.revised += 1;
      }
    }
  };
  classified.readings.forEach((reading, position) => {
    countReading(reading, classified.classifications.get(position) ?? 'new', rejected.has(position));
  });
  return { messages: messages.all(), readings: readings.all(), rows: rows.all().flatMap((of) => of.all()) };
};
