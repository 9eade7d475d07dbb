import type { Batch, Identity, QualifiedObservation, PreparedPacket } from '#ingest/batch.ts';
import { identityOf, mayBeAgain, type SessionOf } from './identity.ts';
import { Connections, connectionChanges, sessionsIn } from './sessions.ts';
import type { StoringRows } from '#storage/operations/storing.ts';

/** Identities that are remembered without asking the database. */
const REMEMBERED = 10_000;

/** The packet that came under an identity first. */
interface First {
  readonly content: string;
  readonly sequence: number;
}

const hasNoTime = ({ readings: [first] }: QualifiedObservation): boolean => first?.timedBy === 'arrival';

/**
 * Recognises readings without a time that are sent again. They would pass for a second reading at another time: the alerting
 * reader does not see which time the storing reader gives them. Readings with a time need nothing: they name the same one.
 * Goes by what came since the start, and for what came before by what the storing reader has noted.
 */
export class Redeliveries {
  readonly #rows: Pick<StoringRows, 'assignedTo'>;
  readonly #connections: Connections;
  readonly #first = new Map<string, First>();

  constructor(rows: Pick<StoringRows, 'assignedTo' | 'brokerRun' | 'keptClient'>) {
    this.#rows = rows;
    this.#connections = new Connections(rows);
  }

  /** The batch without those observations; the same batch again gives the same. */
  without(batch: Batch): Batch {
    const changes = connectionChanges(batch.entries);
    const sessionOf = sessionsIn(changes, this.#connections);
    let isChanged = false;
    const packets = batch.packets.map((one) => {
      if (!one.observations.some(hasNoTime)) return one;
      const observations = one.observations.filter((each) => !this.#isAgain(one, each, sessionOf));
      if (observations.length === one.observations.length) return one;
      isChanged = true;
      return { ...one, observations };
    });
    this.#connections.take(changes);
    return isChanged ? { ...batch, packets } : batch;
  }

  #isAgain(packets: PreparedPacket, observation: QualifiedObservation, sessionOf: SessionOf): boolean {
    const [reading] = observation.readings;
    if (reading === undefined || !hasNoTime(observation)) return false;
    const identity = identityOf(packets, observation, sessionOf);
    if (identity === undefined) return false;
    const key = `${reading.device}\t${identity.name}`;
    const first = this.#first.get(key);
    const { entry } = packets;
    const isAgain =
      mayBeAgain(entry, identity) &&
      (first === undefined
        ? this.#isNoted(packets, reading.device, identity)
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
