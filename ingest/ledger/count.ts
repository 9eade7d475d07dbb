import type { Classified, PreparedPacket } from '#ingest/batch.ts';
import type { MessageCount, ReadingCount, RowChange } from '#storage/operations/ledger.ts';
import { hourOf } from '#model/base/instant.ts';
import { seriesAt } from '#model/readings/columns.ts';

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

/** The packets and readings that are counted. */
export interface Counted {
  readonly packets: readonly PreparedPacket[];
  readonly classified: Classified;
  /** Positions in `classified.readings` that the store refused for good. */
  readonly rejected: ReadonlySet<number>;
}

type MutableMessages = MutableCounts<MessageCount>;
type MutableReadings = MutableCounts<ReadingCount>;

const messageTally = (journal: string) =>
  new Tally((device, hour): MutableMessages => ({ journal, device, hour, processed: 0, quarantined: 0, discarded: 0 }));

const readingTally = (journal: string) =>
  new Tally(
    (device, hour): MutableReadings => ({
      journal,
      device,
      hour,
      decoded: 0,
      stored: 0,
      duplicates: 0,
      refused: 0,
      revised: 0,
      missing: 0,
    }),
  );

/** Counts of packets, and of the readings that were lost to refusals. */
const countPackets = (
  { packets, classified: { readings }, rejected }: Counted,
  messages: Tally<MutableMessages>,
  counts: Tally<MutableReadings>,
): void => {
  const rejectedEntries = new Set(Array.from(rejected, (position) => readings.sequence[position]));
  for (const { entry, refused, missing } of packets) {
    const hour = hourOf(entry.receivedAt);
    const isQuarantined = refused.length > 0 || rejectedEntries.has(entry.sequence);
    messages.at(entry.sender, hour)[isQuarantined ? 'quarantined' : 'processed'] += 1;
    if (refused.length === 0 && missing === 0) continue;
    const lost = refused.reduce((sum, part) => sum + part.readings, 0);
    const counter = counts.at(entry.sender, hour);
    counter.decoded += lost;
    counter.refused += lost;
    counter.missing += missing;
  }
};

/** The counters of the readings of one observation: they share device and times. */
interface ObservationCounters {
  readonly device: string;
  readonly observedAt: number;
  readonly receivedAt: number;
  readonly arrivals: MutableReadings;
  readonly rows: RowTally;
}

/** Counts of readings by their hour of arrival, and of rows by their observed hour. */
// oxlint-disable-next-line complexity -- one condition for each kind of count
const countReadings = (
  { classified: { readings, classifications }, rejected }: Counted,
  counts: Tally<MutableReadings>,
  rows: Tally<RowTally>,
): void => {
  const countersAt = (position: number): ObservationCounters => {
    const { device } = seriesAt(readings, position);
    const observedAt = readings.observedAt[position] ?? 0;
    const receivedAt = readings.receivedAt[position] ?? 0;
    const arrivals = counts.at(device, hourOf(receivedAt));
    return { device, observedAt, receivedAt, arrivals, rows: rows.at(device, hourOf(observedAt)) };
  };
  let of: ObservationCounters | undefined;
  for (let position = 0; position < readings.length; position += 1) {
    const { device, property } = seriesAt(readings, position);
    const isSame =
      of?.observedAt === readings.observedAt[position] &&
      of?.receivedAt === readings.receivedAt[position] &&
      of?.device === device;
    if (of === undefined || !isSame) of = countersAt(position);
    const classification = classifications.size === 0 ? 'new' : classifications.get(position);
    of.arrivals.decoded += 1;
    if (rejected.has(position)) {
      of.arrivals.refused += 1;
    } else if (classification === 'duplicate') {
      of.arrivals.duplicates += 1;
    } else {
      const row = of.rows.at(property);
      of.arrivals.stored += 1;
      row.stored += 1;
      if (classification === 'revised') {
        of.arrivals.revised += 1;
        row.revised += 1;
      }
    }
  }
};

/** The counts of a batch for the ledger. */
export const count = (journal: string, store: string, counted: Counted): BatchCounts => {
  const messages = messageTally(journal);
  const readings = readingTally(journal);
  const rows = new Tally((device, hour) => new RowTally(store, device, hour));
  countPackets(counted, messages, readings);
  countReadings(counted, readings, rows);
  return { messages: messages.all(), readings: readings.all(), rows: rows.all().flatMap((of) => of.all()) };
};
