import type { Batch, Identity } from '#ingest/batch.ts';
import { identityOf, mayBeAgain, type SessionOf, withoutId } from '#ingest/dedupe/identity.ts';
import { qualifyBatch } from '#ingest/qualify/qualify.ts';
import { qualifiedAt, readingAt } from '#model/readings/columns.ts';
import { keyOf } from '#storage/readings/store.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Qualified, Reading } from '#model/readings/reading.ts';

/** The last that was said of one property and time. */
export interface Last {
  /** With the time that it is stored under. */
  readonly reading: Qualified;
  /** It arrived in the span that is run again. */
  readonly isMeant: boolean;
  /** It has been put there by this replay, and stood nowhere else before. */
  readonly isMoved: boolean;
  readonly owner: string;
}

/** Times of the readings of one packet that are stored at another one than they came with, by place. */
export type MovedInPacket = ReadonlyMap<string, Instant>;

/**
 * Gathers readings of one device in the order of their arrival, each at the time where it was put then. Readings that were never
 * put anywhere are placed as they would have been: a redelivery is recognised, and a time that another one holds is left to it.
 */
export class GatheredReplay {
  readonly #sessionOf: SessionOf;
  readonly #last = new Map<string, Last>();
  /** Times of readings with an identity, by its name, its content and the property. */
  readonly #times = new Map<string, Instant>();
  #unknown = 0;

  constructor(sessionOf: SessionOf) {
    this.#sessionOf = sessionOf;
  }

  get size(): number {
    return this.#last.size;
  }

  all(): readonly Last[] {
    return [...this.#last.values()];
  }

  /** Takes the readings of one packet, which are all of the batch. */
  take(batch: Batch, moved: MovedInPacket, isMeant: boolean): void {
    const { observations } = batch;
    const { readings } = qualifyBatch(batch);
    for (let observation = 0; observation < observations.length; observation += 1) {
      const from = observations.start[observation] ?? 0;
      const entry = batch.packets[observations.packet[observation] ?? -1]?.entry;
      if (entry === undefined) continue;
      const id = observations.ids.get(observation);
      const identity = identityOf(entry, readingAt(readings, from), id, this.#sessionOf);
      const isAgain = identity !== undefined && mayBeAgain(entry, identity);
      for (let row = from; row < (observations.start[observation + 1] ?? from); row += 1) {
        this.#takeReading(qualifiedAt(readings, row), identity, isAgain, { moved, isMeant });
      }
    }
  }

  #takeReading(
    reading: Qualified,
    identity: Identity | undefined,
    isAgain: boolean,
    { moved, isMeant }: { readonly moved: MovedInPacket; readonly isMeant: boolean },
  ): void {
    const owner = this.#ownerOf(reading, identity);
    const name = `${owner}\t${reading.property}`;
    const own = moved.get(reading.place) ?? (isAgain ? this.#times.get(name) : undefined);
    const observedAt = own ?? this.#freeFor(reading, owner);
    this.#times.set(name, observedAt);
    const isMoved = own === undefined && observedAt !== reading.observedAt;
    const timedBy = reading.timedBy === 'device' && observedAt !== reading.observedAt ? 'shifted' : reading.timedBy;
    const put = { ...reading, observedAt, timedBy };
    this.#last.set(keyOf(put), { reading: put, isMeant, isMoved, owner });
  }

  #ownerOf(reading: Reading, identity: Identity | undefined): string {
    if (identity !== undefined) return `${identity.name}\t${identity.content}`;
    if (reading.timedBy !== 'arrival') return withoutId(reading).name;
    this.#unknown += 1;
    return `${this.#unknown}`;
  }

  /** The time of a reading, or the next one that no other reading holds. */
  #freeFor(reading: Reading, owner: string): Instant {
    for (let observedAt = reading.observedAt; ; observedAt += 1) {
      const holder = this.#last.get(keyOf({ ...reading, observedAt }));
      if (holder === undefined || (holder.owner === owner && reading.timedBy !== 'arrival')) return observedAt;
    }
  }
}
