import { type Batch, type Identity, withoutRows } from '#ingest/batch.ts';
import type { LatestValue } from '#storage/operations/alerting.ts';
import type { StoringRows } from '#storage/operations/storing.ts';
import { ARRIVAL, readingAt, seriesAt } from '#model/readings/columns.ts';
import type { Entry } from '#model/readings/packet.ts';
import { identityOf, mayBeAgain, type SessionOf } from './identity.ts';
import { Connections, connectionChanges, sessionsIn } from './sessions.ts';

/** Identities that are remembered without asking the database. */
const REMEMBERED = 10_000;

/** The packet that came under an identity first. */
interface First {
  readonly content: string;
  readonly sequence: number;
}

/** The newest values as of the last committed batch, by station and device (joined by a tab), then by property. */
export interface NewestValues {
  readonly latest: ReadonlyMap<string, ReadonlyMap<string, Pick<LatestValue, 'observedAt' | 'value'>>>;
}

/** The newest value of each series of one batch, so far. */
class BatchNewest {
  readonly #at: Float64Array;
  readonly #value: Float64Array;

  constructor({ readings: { seriesTable } }: Batch, { latest }: NewestValues) {
    this.#at = new Float64Array(seriesTable.length);
    this.#value = new Float64Array(seriesTable.length);
    for (const [number, { station, device, property }] of seriesTable.entries()) {
      const known = latest.get(`${station}\t${device}`)?.get(property);
      this.#at[number] = known?.observedAt ?? Number.NEGATIVE_INFINITY;
      this.#value[number] = known?.value ?? Number.NaN;
    }
  }

  is(series: number, observedAt: number, value: number): boolean {
    return this.#at[series] === observedAt && this.#value[series] === value;
  }

  follow(series: number, observedAt: number, value: number): void {
    if (observedAt < (this.#at[series] ?? Number.NaN)) return;
    this.#at[series] = observedAt;
    this.#value[series] = value;
  }
}

/**
 * Recognises readings that are sent again, for the alerting reader, which never asks the store. A reading with a time is
 * one where it repeats the newest value of its series; an older one is no evidence of now in any case. A reading without
 * a time is recognised by its identity: by the packets since the start, and before them by the rows of the storing reader.
 */
export class Redeliveries {
  readonly #rows: Pick<StoringRows, 'assignedTo'>;
  readonly #known: NewestValues;
  readonly #connections: Connections;
  readonly #first = new Map<string, First>();

  constructor(rows: Pick<StoringRows, 'assignedTo' | 'brokerRun' | 'keptClient'>, known: NewestValues) {
    this.#rows = rows;
    this.#known = known;
    this.#connections = new Connections(rows);
  }

  /** The batch without those readings; the same batch again gives the same. */
  without(batch: Batch): Batch {
    const changes = connectionChanges(batch.entries);
    const sessionOf = sessionsIn(changes, this.#connections);
    const newest = new BatchNewest(batch, this.#known);
    const dropped = new Set<number>();
    const { observations, readings } = batch;
    for (let observation = 0; observation < observations.length; observation += 1) {
      if (readings.timedBy[observations.start[observation] ?? 0] === ARRIVAL) {
        if (this.#isAgain(batch, observation, sessionOf)) this.#drop(batch, observation, dropped);
      } else {
        this.#dropRepeated(batch, observation, { sessionOf, newest, dropped });
      }
    }
    this.#connections.take(changes);
    return dropped.size === 0 ? batch : withoutRows(batch, dropped);
  }

  #drop({ observations: { start } }: Batch, observation: number, dropped: Set<number>): void {
    for (let row = start[observation] ?? 0; row < (start[observation + 1] ?? 0); row += 1) dropped.add(row);
  }

  /** Drops the readings of an observation with a time that repeat the newest value of their series. */
  // oxlint-disable-next-line complexity -- one condition for each case of a repeated packet
  #dropRepeated(
    batch: Batch,
    observation: number,
    { sessionOf, newest, dropped }: { sessionOf: SessionOf; newest: BatchNewest; dropped: Set<number> },
  ): void {
    const { observations, readings } = batch;
    const hasId = observations.ids.has(observation);
    // another id at the same time is another reading, also where its value is the same
    let isAgain = hasId ? undefined : true;
    for (let row = observations.start[observation] ?? 0; row < (observations.start[observation + 1] ?? 0); row += 1) {
      const series = readings.series[row] ?? -1;
      const observedAt = readings.observedAt[row] ?? 0;
      const value = readings.value[row] ?? Number.NaN;
      if (newest.is(series, observedAt, value) && (isAgain ??= this.#isAgain(batch, observation, sessionOf))) {
        dropped.add(row);
      } else {
        newest.follow(series, observedAt, value);
      }
    }
    if (hasId && isAgain === undefined) this.#noteTimed(batch, observation, sessionOf);
  }

  /** Remembers the identity of an observation with a time and an id, which needs no look into the database. */
  #noteTimed(batch: Batch, observation: number, sessionOf: SessionOf): void {
    const identified = this.#identify(batch, observation, sessionOf);
    if (identified === undefined || this.#first.has(identified.key)) return;
    this.#remember(identified.key, { content: '', sequence: identified.entry.sequence });
  }

  #identify({ packets, observations, readings }: Batch, observation: number, sessionOf: SessionOf) {
    const from = observations.start[observation] ?? 0;
    const entry = packets[observations.packet[observation] ?? -1]?.entry;
    const id = observations.ids.get(observation);
    const identity = entry === undefined ? undefined : identityOf(entry, readingAt(readings, from), id, sessionOf);
    if (entry === undefined || identity === undefined) return undefined;
    const { device } = seriesAt(readings, from);
    return { entry, device, identity, key: `${device}\t${identity.name}` };
  }

  /** Whether an observation came under its identity before; false where it has none. */
  #isAgain(batch: Batch, observation: number, sessionOf: SessionOf): boolean {
    const identified = this.#identify(batch, observation, sessionOf);
    if (identified === undefined) return false;
    const { entry, device, identity, key } = identified;
    const first = this.#first.get(key);
    const isAgain =
      mayBeAgain(entry, identity) &&
      (first === undefined
        ? this.#isNoted(entry, device, identity)
        : first.content === identity.content && first.sequence < entry.sequence);
    if (!isAgain) this.#remember(key, { content: identity.content, sequence: entry.sequence });
    return isAgain;
  }

  /** The storing reader may be ahead, and have noted this very packet. */
  #isNoted(entry: Entry, device: string, { name, content }: Identity): boolean {
    const noted = this.#rows.assignedTo(device, name);
    return noted !== undefined && noted.content === content && noted.receivedAt < entry.receivedAt;
  }

  #remember(key: string, first: First): void {
    this.#first.delete(key);
    this.#first.set(key, first);
    const [oldest] = this.#first.keys();
    if (this.#first.size > REMEMBERED && oldest !== undefined) this.#first.delete(oldest);
  }
}
