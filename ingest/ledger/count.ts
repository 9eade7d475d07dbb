import type { Judged, Settled } from '#ingest/batch.ts';
import type { MessageCount, ReadingCount, RowChange, Verdict } from '#ingest/operations/operations.ts';
import { hourOf } from '#model/instant.ts';
import type { Qualified } from '#model/reading.ts';

export interface Counts {
  readonly messages: readonly MessageCount[];
  readonly readings: readonly ReadingCount[];
  readonly rows: readonly RowChange[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Counters of one kind, one per key; consecutive ones mostly share it, so the last is remembered. */
class Tally<T extends object> {
  readonly #byKey = new Map<string, T>();
  readonly #make: (device: string, hour: number, property: string) => T;
  #lastDevice = '';
  #lastHour = Number.NaN;
  #lastProperty = '';
  #last: T | undefined;

  constructor(make: (device: string, hour: number, property: string) => T) {
    this.#make = make;
  }

  at(device: string, hour: number, property = ''): T {
    if (
      this.#last !== undefined &&
      hour === this.#lastHour &&
      device === this.#lastDevice &&
      property === this.#lastProperty
    ) {
      return this.#last;
    }
    const key = `${device}\t${hour}\t${property}`;
    let counter = this.#byKey.get(key);
    if (counter === undefined) {
      counter = this.#make(device, hour, property);
      this.#byKey.set(key, counter);
    }
    this.#lastDevice = device;
    this.#lastHour = hour;
    this.#lastProperty = property;
    this.#last = counter;
    return counter;
  }

  all(): readonly T[] {
    return [...this.#byKey.values()];
  }
}

/** What the ledger counts in a batch; `rejected` are positions in `judged.readings` that the store refused for good. */
export const count = (
  journal: string,
  store: string,
  batch: readonly Settled[],
  judged: Judged,
  rejected: ReadonlySet<number>,
): Counts => {
  const messages = new Tally(
    (device, hour): Mutable<MessageCount> => ({ journal, device, hour, processed: 0, quarantined: 0, discarded: 0 }),
  );
  const readings = new Tally(
    (device, hour): Mutable<ReadingCount> => ({
      ...{ journal, device, hour, decoded: 0, stored: 0, duplicates: 0, refused: 0, revised: 0, missing: 0 },
    }),
  );
  const rows = new Tally(
    (device, hour, property): Mutable<RowChange> => ({ store, device, property, hour, stored: 0, revised: 0 }),
  );
  const rejectedEntries = new Set([...rejected].map((position) => judged.readings[position]?.sequence));

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

  const countReading = (reading: Qualified, verdict: Verdict, isRejected: boolean): void => {
    const counter = readings.at(reading.device, hourOf(reading.receivedAt));
    counter.decoded += 1;
    if (isRejected) {
      counter.refused += 1;
    } else if (verdict === 'duplicate') {
      counter.duplicates += 1;
    } else {
      const row = rows.at(reading.device, hourOf(reading.observedAt), reading.property);
      counter.stored += 1;
      row.stored += 1;
      if (verdict === 'revised') {
        counter.revised += 1;
        row.revised += 1;
      }
    }
  };
  judged.readings.forEach((reading, position) => {
    countReading(reading, judged.verdicts.get(position) ?? 'new', rejected.has(position));
  });
  return { messages: messages.all(), readings: readings.all(), rows: rows.all() };
};
