import type { Classified, PreparedPacket } from '#ingest/batch.ts';
import type { MessageCount, ReadingCount, RowChange } from '#storage/operations/ledger.ts';
import { hourOf } from '#model/base/instant.ts';
import { type ReadingColumns, type Series, seriesAt } from '#model/readings/columns.ts';
import { lostTo } from '#model/readings/message.ts';

export interface BatchCounts {
  readonly messages: readonly MessageCount[];
  readonly readings: readonly ReadingCount[];
  readonly rows: readonly RowChange[];
}

type MutableCounts<T> = { -readonly [K in keyof T]: T[K] };

/** The counters of one device by hour. Nearly all of a batch are of one hour, so the last is remembered. */
interface DeviceCounters<T> {
  readonly byHour: Map<number, T>;
  hour: number;
  last: T;
}

/** Counters, one per device and hour. */
class Tally<T> {
  readonly #byDevice = new Map<string, DeviceCounters<T>>();
  readonly #make: (device: string, hour: number) => T;

  constructor(make: (device: string, hour: number) => T) {
    this.#make = make;
  }

  at(device: string, hour: number): T {
    const of = this.#byDevice.get(device);
    if (of?.hour === hour) return of.last;
    const counter = of?.byHour.get(hour) ?? this.#make(device, hour);
    if (of === undefined) {
      this.#byDevice.set(device, { byHour: new Map([[hour, counter]]), hour, last: counter });
    } else {
      of.byHour.set(hour, counter);
      of.hour = hour;
      of.last = counter;
    }
    return counter;
  }

  all(): readonly T[] {
    return [...this.#byDevice.values()].flatMap(({ byHour }) => [...byHour.values()]);
  }
}

type MutableRows = MutableCounts<RowChange>;

/** Rows by series and observed hour; of a series the last hour is remembered. */
class RowTally {
  readonly #readings: ReadingColumns;
  readonly #store: string;
  readonly #byHour: Tally<Map<string, MutableRows>>;
  readonly #lastHours: Float64Array;
  readonly #last: (MutableRows | undefined)[];

  constructor(store: string, readings: ReadingColumns) {
    this.#readings = readings;
    this.#store = store;
    this.#byHour = new Tally(() => new Map());
    this.#lastHours = new Float64Array(readings.seriesTable.length).fill(Number.NaN);
    this.#last = readings.seriesTable.map(() => undefined);
  }

  at(position: number, hour: number): MutableRows {
    const series = this.#readings.series[position] ?? -1;
    const last = this.#last[series];
    if (last !== undefined && this.#lastHours[series] === hour) return last;
    const row = this.#rowOf(seriesAt(this.#readings, position), hour);
    this.#lastHours[series] = hour;
    this.#last[series] = row;
    return row;
  }

  #rowOf({ device, property }: Series, hour: number): MutableRows {
    const ofHour = this.#byHour.at(device, hour);
    let row = ofHour.get(property);
    if (row === undefined) {
      row = { store: this.#store, device, property, hour, stored: 0, revised: 0 };
      ofHour.set(property, row);
    }
    return row;
  }

  all(): readonly RowChange[] {
    return this.#byHour.all().flatMap((ofHour) => [...ofHour.values()]);
  }
}

/** The packets and readings that are counted. */
export interface Counted {
  readonly packets: readonly PreparedPacket[];
  readonly classified: Classified;
  /** Positions in `classified.readings` that the store refused for good. */
  readonly rejected: ReadonlySet<number>;
  /** Entries of refused packets that were sent again: what is refused of them is a duplicate. */
  readonly again: ReadonlySet<number>;
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
  { packets, classified: { readings }, rejected, again }: Counted,
  messages: Tally<MutableMessages>,
  counts: Tally<MutableReadings>,
): void => {
  const rejectedEntries = new Set(Array.from(rejected, (position) => readings.sequence[position]));
  for (const { entry, refused, missing } of packets) {
    const hour = hourOf(entry.receivedAt);
    const isAgain = again.has(entry.sequence);
    const isQuarantined = !isAgain && (refused.length > 0 || rejectedEntries.has(entry.sequence));
    messages.at(entry.sender, hour)[isQuarantined ? 'quarantined' : 'processed'] += 1;
    if (refused.length === 0 && missing === 0) continue;
    const lost = lostTo(refused);
    const counter = counts.at(entry.sender, hour);
    counter.decoded += lost;
    counter[isAgain ? 'duplicates' : 'refused'] += lost;
    counter.missing += missing;
  }
};

/** Counts of readings by their hour of arrival, and of rows by their observed hour. */
const countReadings = (
  { classified: { readings, classifications }, rejected, again }: Counted,
  counts: Tally<MutableReadings>,
  rows: RowTally,
): void => {
  for (let position = 0; position < readings.length; position += 1) {
    const counter = counts.at(seriesAt(readings, position).device, hourOf(readings.receivedAt[position] ?? 0));
    const classification = classifications.size === 0 ? 'new' : classifications.get(position);
    counter.decoded += 1;
    if (rejected.has(position)) {
      counter[again.has(readings.sequence[position] ?? 0) ? 'duplicates' : 'refused'] += 1;
    } else if (classification === 'duplicate') {
      counter.duplicates += 1;
    } else {
      const row = rows.at(position, hourOf(readings.observedAt[position] ?? 0));
      counter.stored += 1;
      row.stored += 1;
      if (classification === 'revised') {
        counter.revised += 1;
        row.revised += 1;
      }
    }
  }
};

/** The counts of a batch for the ledger. */
export const count = (journal: string, store: string, counted: Counted): BatchCounts => {
  const messages = messageTally(journal);
  const readings = readingTally(journal);
  const rows = new RowTally(store, counted.classified.readings);
  countPackets(counted, messages, readings);
  countReadings(counted, readings, rows);
  return { messages: messages.all(), readings: readings.all(), rows: rows.all() };
};
