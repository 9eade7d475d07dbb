import type { Batch, Identity, ReadObservation, PreparedPacket } from '#ingest/batch.ts';
import type { LatestValue } from '#storage/operations/alerting.ts';
import type { StoringRows } from '#storage/operations/storing.ts';
import type { Reading } from '#model/readings/reading.ts';
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
  readonly latest: ReadonlyMap<string, ReadonlyMap<string, NewestValue>>;
}

type NewestValue = Pick<LatestValue, 'observedAt' | 'value'>;

/** Facts that the observations of one batch are compared with. */
interface Compared {
  readonly sessionOf: SessionOf;
  /** The newest value of each series within the batch. */
  readonly newest: Map<string, NewestValue>;
}

const hasNoTime = ({ readings: [first] }: ReadObservation): boolean => first?.timedBy === 'arrival';

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
    const compared: Compared = { sessionOf: sessionsIn(changes, this.#connections), newest: new Map() };
    let isChanged = false;
    const packets = batch.packets.map((packet) => {
      const observations = this.#newOf(packet, compared);
      if (observations === packet.observations) return packet;
      isChanged = true;
      return { ...packet, observations };
    });
    this.#connections.take(changes);
    return isChanged ? { ...batch, packets } : batch;
  }

  /** The observations of a packet without what was sent before; the same array where all of it is new. */
  #newOf(packet: PreparedPacket, compared: Compared): readonly ReadObservation[] {
    const observations = packet.observations.flatMap((one) => {
      const readings = hasNoTime(one)
        ? this.#isAgain(packet, one, compared)
          ? []
          : one.readings
        : this.#newTimed(packet, one, compared);
      if (readings.length === 0) return [];
      return readings.length === one.readings.length ? [one] : [{ ...one, readings }];
    });
    const isSame = observations.every((one, i) => one === packet.observations[i]);
    return isSame && observations.length === packet.observations.length ? packet.observations : observations;
  }

  /** Of an observation with a time, the readings that do not repeat the newest value of their series. */
  #newTimed(packet: PreparedPacket, observation: ReadObservation, compared: Compared): readonly Reading[] {
    const { readings, id } = observation;
    const repeated = readings.filter((reading) => this.#isNewest(reading, compared));
    // another id at the same time is another reading, also where its value is the same
    const isAgain = repeated.length > 0 && (id === undefined || this.#isAgain(packet, observation, compared));
    if (id !== undefined && repeated.length === 0) this.#noteTimed(packet, observation, compared);
    const left = isAgain ? readings.filter((reading) => !repeated.includes(reading)) : readings;
    for (const reading of left) this.#follow(reading, compared);
    return left;
  }

  #knownOf({ station, device, property }: Reading, { newest }: Compared): NewestValue | undefined {
    const place = `${station}\t${device}`;
    return newest.get(`${place}\t${property}`) ?? this.#known.latest.get(place)?.get(property);
  }

  /** Whether the newest value of the series has the time and the value of a reading. */
  #isNewest(reading: Reading, compared: Compared): boolean {
    const known = this.#knownOf(reading, compared);
    return known?.observedAt === reading.observedAt && known.value === reading.value;
  }

  #follow(reading: Reading, compared: Compared): void {
    const known = this.#knownOf(reading, compared);
    if (known !== undefined && reading.observedAt < known.observedAt) return;
    compared.newest.set(`${reading.station}\t${reading.device}\t${reading.property}`, reading);
  }

  /** Remembers the identity of an observation with a time and an id, which needs no look into the database. */
  #noteTimed({ entry }: PreparedPacket, observation: ReadObservation, { sessionOf }: Compared): void {
    const identity = identityOf({ entry }, observation, sessionOf);
    const key = `${observation.readings[0]?.device}\t${identity?.name}`;
    if (identity !== undefined && !this.#first.has(key)) this.#remember(key, { content: '', sequence: entry.sequence });
  }

  /** Whether an observation came under its identity before; false where it has none. */
  #isAgain(packet: PreparedPacket, observation: ReadObservation, { sessionOf }: Compared): boolean {
    const [reading] = observation.readings;
    const identity = identityOf(packet, observation, sessionOf);
    if (reading === undefined || identity === undefined) return false;
    const key = `${reading.device}\t${identity.name}`;
    const first = this.#first.get(key);
    const { entry } = packet;
    const isAgain =
      mayBeAgain(entry, identity) &&
      (first === undefined
        ? this.#isNoted(packet, reading.device, identity)
        : first.content === identity.content && first.sequence < entry.sequence);
    if (!isAgain) this.#remember(key, { content: identity.content, sequence: entry.sequence });
    return isAgain;
  }

  /** The storing reader may be ahead, and have noted this very packet. */
  #isNoted({ entry }: PreparedPacket, device: string, { name, content }: Identity): boolean {
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
